"""The parts of the interactive page: what its script draws, what stands beside it, the script and the style."""

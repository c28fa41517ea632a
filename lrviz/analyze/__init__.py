"""What can be said of a trace: pure functions from arrays to facts."""

"""The subcommands: one thin file each, its function's docstring its help."""

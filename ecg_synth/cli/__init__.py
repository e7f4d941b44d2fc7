"""The command line: one module a subcommand, each a frozen dataclass whose fields are the flags and `run` the work."""

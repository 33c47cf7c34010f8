"""A service's state made again from the log."""

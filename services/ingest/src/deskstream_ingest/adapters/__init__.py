"""Where the domain meets the database and the log."""

"""The outside world: tables, mail server, webhook receivers."""

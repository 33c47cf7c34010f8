"""What the service does with events and with work."""

"""What the service does with events, and as time passes."""

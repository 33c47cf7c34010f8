"""What the service does with events, with work, and as time passes."""

"""The HTTP routes of tickets and of the summary."""

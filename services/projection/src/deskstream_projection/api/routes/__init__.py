"""The HTTP routes: tickets and the summary."""

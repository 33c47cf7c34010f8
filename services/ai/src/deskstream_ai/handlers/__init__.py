"""Handlers of commands, events and work."""

"""What is done with events: load, decide, store, return."""

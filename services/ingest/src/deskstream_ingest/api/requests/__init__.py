"""What callers send, and how each request becomes a command."""

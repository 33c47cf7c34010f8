"""What may be asked of a ticket and what then happens: pure functions, no clock, no I/O."""

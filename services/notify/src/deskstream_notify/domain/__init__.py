"""Which notification an event calls for, and how it ends."""

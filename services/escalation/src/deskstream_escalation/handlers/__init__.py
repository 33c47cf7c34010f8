"""Batches of events, as they are announced and in a rebuild; clocks as time passes."""

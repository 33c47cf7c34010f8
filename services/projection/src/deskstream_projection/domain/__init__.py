"""The read models, and the projectors that fold events into them. Pure."""

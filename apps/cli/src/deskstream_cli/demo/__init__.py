"""`desk demo`: real messages through the real pipeline, and a table of the results."""

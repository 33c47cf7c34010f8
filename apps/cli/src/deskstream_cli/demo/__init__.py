"""`desk demo`: real messages through the real pipeline, and a table of what became of them."""

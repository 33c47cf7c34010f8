"""Each read model in a file: its columns, and the projectors that fill them. Pure.

The tables are in `migrations/`; a test compares the two.
"""

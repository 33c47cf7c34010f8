"""The local stack: what runs, with which settings, and how it comes up and down."""

"""What the routes answer, and how it is made."""

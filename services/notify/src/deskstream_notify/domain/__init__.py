"""What is told to whom, and what an answer of the outside world means. Pure."""

"""What the routes answer. Each read model is shown by the file of its name."""

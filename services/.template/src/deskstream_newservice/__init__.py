"""The latest rating of each ticket."""

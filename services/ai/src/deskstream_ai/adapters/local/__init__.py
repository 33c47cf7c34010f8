"""The local model: rules anyone can read, no download, no account."""

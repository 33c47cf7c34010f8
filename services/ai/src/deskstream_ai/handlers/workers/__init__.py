"""The work of the service: calls of a model, outside any transaction."""

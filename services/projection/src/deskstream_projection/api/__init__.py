"""Queries over HTTP, and the live feed over WebSocket."""

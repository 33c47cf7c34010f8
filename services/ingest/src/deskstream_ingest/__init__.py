"""Ingest: the one writer of tickets."""

"""The HTTP edge of ingest: every command on a ticket."""

"""The HTTP edge: knowledge articles, and drafts on demand."""

"""Analyzes customers' messages and drafts replies."""

"""The service's own database: all its SQL."""

"""Every event type, one module per subject."""

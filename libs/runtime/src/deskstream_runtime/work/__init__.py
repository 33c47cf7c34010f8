"""Slow or external work: rows that a bounded pool leases."""

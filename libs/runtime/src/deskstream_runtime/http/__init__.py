"""The HTTP edge every service shares."""

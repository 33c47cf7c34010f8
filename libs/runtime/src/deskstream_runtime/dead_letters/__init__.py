"""Records that cannot be handled: dead letters and the parking lot, with their limits."""

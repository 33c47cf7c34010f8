"""Records that cannot be handled: dead letters, the parking lot, and their replay."""

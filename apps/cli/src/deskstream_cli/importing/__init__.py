"""`desk import`: any CSV file to tickets, through the public API."""

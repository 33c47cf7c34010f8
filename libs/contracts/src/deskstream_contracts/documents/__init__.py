"""What is generated from the contracts, for readers that have none of our code."""

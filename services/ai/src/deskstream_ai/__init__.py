"""What a customer's message means, and what to answer."""

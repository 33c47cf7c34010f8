"""What the domain needs from outside: models and the database."""

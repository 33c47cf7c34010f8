"""What the read models are and how facts become them. Pure."""

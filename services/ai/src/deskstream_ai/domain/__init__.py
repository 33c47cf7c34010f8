"""The rules of understanding and answering: pure, no model, no database."""

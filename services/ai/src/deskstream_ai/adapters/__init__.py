"""Repositories, queries and models."""

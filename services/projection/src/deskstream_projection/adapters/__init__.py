"""Postgres and Valkey as the projection uses them."""

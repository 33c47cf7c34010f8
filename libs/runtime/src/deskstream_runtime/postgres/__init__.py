"""A service's own database: its pool, its migrations, what waits in it."""

"""A process: its tasks, its scheduled jobs, its health, its memory, its end."""

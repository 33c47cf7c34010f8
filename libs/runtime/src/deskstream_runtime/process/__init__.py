"""A process: its tasks, its scheduled jobs, its memory, its end."""

"""Handlers of events, commands, work and schedules."""

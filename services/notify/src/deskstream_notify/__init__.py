"""Carries replies and alerts to people, and events to subscribed systems."""

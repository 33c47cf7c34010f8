"""The HTTP edge of notify: webhook subscriptions, their deliveries, and notifications."""

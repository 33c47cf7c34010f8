"""From committed events to Kafka: one relay a service, in order."""

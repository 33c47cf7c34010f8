"""How every client reaches Kafka: its address, topics and whole logs."""

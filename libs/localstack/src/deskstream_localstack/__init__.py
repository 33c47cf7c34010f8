"""Kafka, Postgres, Valkey and Envoy as ordinary processes, from package registries alone."""

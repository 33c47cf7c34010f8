"""From records to handlers: one loop, positions in Postgres, each record exactly once."""

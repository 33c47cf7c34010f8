"""Files of rules and service levels; tickets' processes and their clocks in Postgres."""

"""What notify does: `events` with what it reads, `commands` with what it is asked for."""

"""What escalation decides, as pure functions of facts and time."""

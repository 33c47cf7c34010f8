"""`python -m deskstream_escalation`: serve, migrate, topics, openapi."""

from deskstream_runtime.command_line import run_service

if __name__ == "__main__":
    run_service("escalation")

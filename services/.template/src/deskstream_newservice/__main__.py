"""`python -m deskstream_newservice`: serve, migrate, topics, rebuild, openapi."""

from deskstream_runtime.command_line import run_service

if __name__ == "__main__":
    run_service("newservice")

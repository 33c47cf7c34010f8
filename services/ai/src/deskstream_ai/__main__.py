"""`python -m deskstream_ai`: serve, migrate, topics, openapi, check."""

import asyncio

import click

from deskstream_runtime.command_line import read_settings, run_service


@click.command(help="Ask the configured model provider one question, and say what is wrong.")
def check() -> None:
    """Exit code 0: it answered; 1: it did not; 2: none is configured."""
    # Loaded here alone: migrations and topics start sooner without.
    from deskstream_ai.check import check_provider  # noqa: PLC0415
    from deskstream_ai.settings import ModelSettings  # noqa: PLC0415

    finding = asyncio.run(check_provider(read_settings(ModelSettings)))
    click.echo(finding.words)
    raise SystemExit(finding.code)


if __name__ == "__main__":
    run_service("ai", commands=[check])

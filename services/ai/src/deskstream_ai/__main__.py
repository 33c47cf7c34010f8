"""`python -m deskstream_ai`: serve, migrate, topics, rebuild, openapi, check."""

import asyncio

import click

from deskstream_runtime.command_line import read_settings, run_service


@click.command(help="Ask the configured model provider one question, and say what is wrong.")
def check() -> None:
    """Exit code 0: it answered; 1: it did not; 2: none is configured."""
    # Imported late: migrations and topics start sooner without.
    from deskstream_ai.app import build_checked_model  # noqa: PLC0415
    from deskstream_ai.handlers.provider_check import check_provider  # noqa: PLC0415
    from deskstream_ai.settings import ModelSettings  # noqa: PLC0415

    settings = read_settings(ModelSettings)
    result = asyncio.run(check_provider(settings.openai(), build_checked_model))
    click.echo(result.text)
    raise SystemExit(result.code)


if __name__ == "__main__":
    run_service("ai", commands=[check])

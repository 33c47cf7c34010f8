"""The command line every service has: serve, migrate, topics, rebuild, openapi."""

import json
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic_settings import BaseSettings

import deskstream_contracts
from deskstream_runtime.clock import utc_now
from deskstream_runtime.errors import is_transient
from deskstream_runtime.http.server import CannotListenError
from deskstream_runtime.kafka import event_loop
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import HOW_TO_ALTER, TopicMismatch, alter_topics, create_topics
from deskstream_runtime.observability.logs import configure_logs
from deskstream_runtime.observability.telemetry import install_tracing
from deskstream_runtime.postgres.migrate import migrate
from deskstream_runtime.process.memory import tune_garbage_collection
from deskstream_runtime.rebuilding.plan import RebuildRefused
from deskstream_runtime.rebuilding.rebuild import rebuild
from deskstream_runtime.settings import (
    KafkaSettings,
    PostgresSettings,
    WrongSettings,
    settings_from_environment,
)

if TYPE_CHECKING:
    from deskstream_runtime.service import Service

S = TypeVar("S", bound=BaseSettings)


def run_service(
    name: deskstream_contracts.ServiceName, commands: Sequence[click.Command] = ()
) -> None:
    """Parses the command line and does what it says. `commands` are the service's own.

    The service is the package `deskstream_<name>` with `settings.Settings` and `app.build`. They
    are loaded when it serves: migrations and topics need none of its code, and start sooner.
    """

    @click.group(help=f"Deskstream's {name} service.")
    def cli() -> None:
        """The root command."""

    @cli.command(help="Serve until stopped.")
    def serve() -> None:
        settings = _settings(name)
        configure_logs(name, settings.log_level, settings.log_format)
        install_tracing(name)

        async def run() -> None:
            service = _build(name, settings)
            tune_garbage_collection()
            await service.run()

        try:
            event_loop.run(run())
        except (WrongSettings, CannotListenError) as error:
            raise click.ClickException(str(error)) from None

    @cli.command("migrate", help="Bring the service's database up to date.")
    def migrate_() -> None:
        dsn = read_settings(PostgresSettings).dsn.get_secret_value()
        click.echo(migrate(dsn, f"deskstream_{name}"))

    @cli.command(help="Create the topics this service owns, and check those that exist.")
    @click.option("--replication-factor", default=1, show_default=True, type=click.IntRange(min=1))
    @click.option(
        "--alter-settings",
        is_flag=True,
        help="Give those that exist the settings of their records; never what decides on removal.",
    )
    def topics(replication_factor: int, *, alter_settings: bool) -> None:
        owned = [topic for topic in deskstream_contracts.TOPICS if topic.owner == name]
        kafka = read_settings(KafkaSettings)
        access = KafkaAccess(kafka.bootstrap, kafka.security)
        if alter_settings:
            for one in event_loop.run(alter_topics(access, owned)):
                click.echo(f"altered {one.topic}: {one.setting} from {one.actual} to {one.wanted}")
        try:
            created = event_loop.run(
                create_topics(access, owned, replication_factor=replication_factor)
            )
        except TopicMismatch as error:
            raise click.ClickException(f"{error}\n{HOW_TO_ALTER}") from None
        for topic in created:
            click.echo(f"created {topic}")

    @cli.command(help="Print the service's OpenAPI document.")
    def openapi() -> None:
        async def document() -> dict[str, Any]:
            return _build(name, _settings(name)).app.openapi()

        click.echo(json.dumps(event_loop.run(document()), indent=2, sort_keys=True))

    for command in (_rebuild_command(name), *commands):
        cli.add_command(command)
    cli(prog_name=f"python -m deskstream_{name}")


def _rebuild_command(name: str) -> click.Command:
    @click.command("rebuild", help="Make the state of the service, which must be stopped, again.")
    def rebuild_() -> None:
        settings = _settings(name)
        configure_logs(name, settings.log_level, settings.log_format)
        build = import_module(f"deskstream_{name}.app").build
        try:
            remade = event_loop.run(rebuild(build, settings, click.echo))
        except RebuildRefused as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if not is_transient(error):
                raise
            why = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise click.ClickException(
                f"A server is away ({why}). The state is as it was."
            ) from error
        for one in remade:
            differing = f"{one.differing} differ" if one.differing else "as before"
            click.echo(f"{one.table}: {one.rows} rows, {differing}")

    return rebuild_


def _settings(name: str) -> Any:
    return read_settings(import_module(f"deskstream_{name}.settings").Settings)


def read_settings(settings: type[S]) -> S:
    """The settings, or an exit that names the wrong variables."""
    try:
        return settings_from_environment(settings)
    except WrongSettings as error:
        raise click.ClickException(str(error)) from None


def _build(name: str, settings: Any) -> "Service":
    service: Service = import_module(f"deskstream_{name}.app").build(settings, utc_now)
    return service

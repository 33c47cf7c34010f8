"""pytest fixtures on the real parts: servers for the session, a fresh database for a test."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import pytest

from deskstream_contracts import TOPICS
from deskstream_localstack.part import LocalStackError
from deskstream_localstack.process import PartProcess
from deskstream_localstack.testing import LocalStack, local_stack
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.observability.logs import configure_logs_for_tests
from deskstream_runtime.postgres.migrate import migrate
from deskstream_runtime.testing.api_keys import API_KEY
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.settings import SettingsFactory

_NUMBERS = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis has no deadline, as machines are busy; `-m unit` starts no server."""
    hypothesis.settings.register_profile("deskstream", deadline=None)
    hypothesis.settings.load_profile("deskstream")
    if config.getoption("markexpr").startswith("unit"):
        pytest.MonkeyPatch().setattr(PartProcess, "launch", _refuse_to_launch)


def _refuse_to_launch(process: PartProcess) -> None:
    pytest.fail(f"A unit test starts {process.part.name}: let it ask for the fixture `servers`.")


@pytest.fixture(scope="session", autouse=True)
def _captured_logs() -> None:
    """Our logs are captured by pytest; structlog's own console form takes seconds for an error."""
    configure_logs_for_tests()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as `unit` each test that asks, itself or by a fixture, for no server."""
    for item in items:
        if "servers" not in getattr(item, "fixturenames", ()):
            item.add_marker("unit")


@pytest.fixture(scope="session")
def servers() -> Callable[..., AbstractContextManager[LocalStack]]:
    """Starts servers. Whatever starts a server, or a process of a stack, asks for this fixture."""
    return local_stack


@pytest.fixture(scope="session")
def parts(servers: Callable[..., AbstractContextManager[LocalStack]]) -> Iterator[LocalStack]:
    """Real Kafka, Postgres and Valkey for the session."""
    with servers() as stack:
        _do_not_sync(stack)
        yield stack


@pytest.fixture(scope="session")
def postgres(servers: Callable[..., AbstractContextManager[LocalStack]]) -> Iterator[LocalStack]:
    """Real Postgres alone, for tests that need no log."""
    with servers("postgres") as stack:
        _do_not_sync(stack)
        yield stack


def _do_not_sync(stack: LocalStack) -> None:
    """Spares a test server's disk: hundreds of databases are made, and all thrown away.

    A killed process loses nothing by it, as only the machine's own crash would. A server that
    somebody else runs is left as it is.
    """
    with suppress(LocalStackError):
        stack.control("postgres")
        _run(_execute(stack.postgres_dsn, "alter system set fsync = off"))
        _run(_execute(stack.postgres_dsn, "select pg_reload_conf()"))


@pytest.fixture(scope="session")
def kafka_topics(parts: LocalStack) -> str:
    """All topics exist; the broker's address."""
    _run(create_topics(KafkaAccess(parts.kafka_bootstrap), TOPICS))
    return parts.kafka_bootstrap


@pytest.fixture(scope="session")
def new_database(parts: LocalStack) -> Callable[..., str]:
    """A function: packages → DSN of a fresh database with their migrations (from a template)."""
    return database_maker(parts.postgres_dsn)


def database_maker(admin_dsn: str) -> Callable[..., str]:
    """Makes databases on a server: migrates once for each set of packages, then copies."""
    templates: dict[tuple[str, ...], str] = {}

    def make(*packages: str) -> str:
        if packages not in templates:
            template = f"template_{next(_NUMBERS)}"
            _run(_execute(admin_dsn, f"create database {template}"))
            migrate(_with_database(admin_dsn, template), *packages)
            templates[packages] = template
        name = f"test_{next(_NUMBERS)}"
        _run(_execute(admin_dsn, f"create database {name} template {templates[packages]}"))
        return _with_database(admin_dsn, name)

    return make


@pytest.fixture(scope="session")
def api_key() -> str:
    """A secret that `service_settings` accepts, with every scope."""
    return API_KEY


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture(scope="session")
def service_settings(
    parts: LocalStack,
    new_database: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> SettingsFactory:
    """A function: (settings type, *packages, **overrides) → settings on the real parts."""
    return SettingsFactory(parts, new_database, lambda: tmp_path_factory.mktemp("keys"))


def _with_database(dsn: str, name: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _run(act: Any) -> None:
    """Runs a coroutine to its end from synchronous code, even where a loop runs already."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, act).result()

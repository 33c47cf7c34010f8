"""pytest fixtures on the real parts: servers for the session, a fresh database for a test.

What a fixture needs is imported in it: a pure test must not wait for clients of servers.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import hypothesis
import pytest

from deskstream_runtime.testing.clock import ManualClock

if TYPE_CHECKING:
    from deskstream_localstack.process import PartProcess
    from deskstream_localstack.testing import LocalStack
    from deskstream_runtime.testing.settings import SettingsFactory


def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis has no deadline, as machines are busy; `-m unit` starts no server."""
    hypothesis.settings.register_profile("deskstream", deadline=None)
    hypothesis.settings.load_profile("deskstream")
    if config.getoption("markexpr").startswith("unit"):
        from deskstream_localstack.process import PartProcess

        pytest.MonkeyPatch().setattr(PartProcess, "launch", _refuse_to_launch)


def _refuse_to_launch(process: "PartProcess") -> None:
    pytest.fail(f"A unit test starts {process.part.name}: let it ask for the fixture `servers`.")


@pytest.fixture(scope="session", autouse=True)
def _captured_logs() -> None:
    """Our logs are captured by pytest; structlog's own console form takes seconds for an error."""
    from deskstream_runtime.observability.logs import configure_logs_for_tests

    configure_logs_for_tests()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as `unit` each test that asks, itself or by a fixture, for no server."""
    for item in items:
        if "servers" not in getattr(item, "fixturenames", ()):
            item.add_marker("unit")


@pytest.fixture(scope="session")
def servers() -> Callable[..., AbstractContextManager["LocalStack"]]:
    """Starts servers. Whatever starts a server, or a process of a stack, asks for this fixture."""
    from deskstream_localstack.testing import local_stack

    return local_stack


@pytest.fixture(scope="session")
def parts(servers: Callable[..., AbstractContextManager["LocalStack"]]) -> Iterator["LocalStack"]:
    """Real Kafka, Postgres and Valkey for the session."""
    from deskstream_runtime.testing.databases import do_not_sync

    with servers() as stack:
        do_not_sync(stack)
        yield stack


@pytest.fixture(scope="session")
def postgres(
    servers: Callable[..., AbstractContextManager["LocalStack"]],
) -> Iterator["LocalStack"]:
    """Real Postgres alone, for tests that need no log."""
    from deskstream_runtime.testing.databases import do_not_sync

    with servers("postgres") as stack:
        do_not_sync(stack)
        yield stack


@pytest.fixture(scope="session")
def kafka_topics(parts: "LocalStack") -> str:
    """All topics exist; the broker's address."""
    from deskstream_contracts import TOPICS
    from deskstream_runtime.kafka.access import KafkaAccess
    from deskstream_runtime.kafka.topics import create_topics
    from deskstream_runtime.testing.databases import run_blocking

    run_blocking(create_topics(KafkaAccess(parts.kafka_bootstrap), TOPICS))
    return parts.kafka_bootstrap


@pytest.fixture(scope="session")
def new_database(parts: "LocalStack") -> Callable[..., str]:
    """A function: packages → DSN of a fresh database with their migrations (from a template)."""
    from deskstream_runtime.testing.databases import database_maker

    return database_maker(parts.postgres_dsn)


@pytest.fixture(scope="session")
def api_key() -> str:
    """A secret that `service_settings` accepts, with every scope."""
    from deskstream_runtime.testing.api_keys import API_KEY

    return API_KEY


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def service_settings(
    parts: "LocalStack",
    new_database: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> "SettingsFactory":
    """A function: (settings type, *packages, **overrides) → settings on the real parts."""
    from deskstream_runtime.testing.settings import SettingsFactory

    return SettingsFactory(parts, new_database, lambda: tmp_path_factory.mktemp("keys"))

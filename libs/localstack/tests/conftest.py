"""One embedded stack for the tests that only need servers to be there."""

from collections.abc import Iterator

import pytest

from deskstream_localstack.testing import LocalStack, local_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """Kafka, Postgres and Valkey, all started here."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("DESK_TEST_KAFKA", "DESK_TEST_POSTGRES", "DESK_TEST_VALKEY"):
            patch.delenv(variable, raising=False)
        with local_stack() as running:
            yield running

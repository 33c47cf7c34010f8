"""One embedded stack for the tests that only need servers to be there."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from deskstream_localstack.testing import LocalStack


@pytest.fixture(scope="session")
def stack(
    servers: Callable[..., AbstractContextManager[LocalStack]],
) -> Iterator[LocalStack]:
    """Kafka, Postgres and Valkey, all started here."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("DESK_TEST_KAFKA", "DESK_TEST_POSTGRES", "DESK_TEST_VALKEY"):
            patch.delenv(variable, raising=False)
        with servers() as running:
            yield running

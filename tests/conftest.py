import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from whole_stack import WholeStack, whole_stack


@pytest.fixture(scope="session")
def stack(servers: object) -> Iterator[WholeStack]:
    """One whole stack for the session: tests make their own tickets and disturb no others."""
    with (
        tempfile.TemporaryDirectory(prefix="deskstream-whole-") as folder,
        whole_stack(Path(folder) / "desk") as running_stack,
    ):
        yield running_stack

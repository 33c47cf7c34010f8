"""A `desk` of the tests' own, with fake services."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deskstream_cli.testing import Desk, make_desk
from deskstream_contracts.topics import SERVICES
from deskstream_localstack.kafka_jvm import aot_cache_path


@pytest.fixture(scope="session", autouse=True)
def no_training() -> Iterator[None]:
    """Keep `desk up` from training the broker's cache beside the tests."""
    path = aot_cache_path()
    absent = not path.exists()
    if absent:
        path.write_bytes(b"a file that is no cache is ignored")
    yield
    if absent:
        path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def desk(servers: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A `desk` for the tests of one module; whatever it runs is stopped at the end."""
    folder = tmp_path_factory.mktemp("desk")
    fakes = _write_fake_services(folder / "fakes")
    made = make_desk(folder / "data", {**os.environ, "PYTHONPATH": str(fakes)})
    yield made
    made.run("down")


def _write_fake_services(folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(Path(__file__).with_name("fake_service.py"), folder)
    for service in SERVICES:
        package = folder / f"deskstream_{service}"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(f"from fake_service import main\nmain({service!r})\n")
    return folder

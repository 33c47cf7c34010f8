"""Migrations are identified by their numbers alone, the runtime's and a service's together."""

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "libs/runtime/src/deskstream_runtime/migrations"
SERVICES = ("ingest", "ai", "escalation", "notify", "projection")


@pytest.mark.parametrize("service", SERVICES)
def test_each_number_is_given_once(service: str) -> None:
    own = ROOT / f"services/{service}/src/deskstream_{service}/migrations"
    files = [*RUNTIME.glob("*.sql"), *own.glob("*.sql")]
    assert files
    given = Counter(file.name.partition("_")[0] for file in files)
    assert [number for number, times in given.items() if times > 1] == []

"""Databases of tests on a server that outlives them, as one that the environment names does."""

import subprocess
import sys

from deskstream_localstack.testing import LocalStack

_MAKE_TWO = """
import sys
from deskstream_runtime.testing.databases import database_maker
make = database_maker(sys.argv[1])
print(make(), make())
"""


def test_two_runs_share_a_server(postgres: LocalStack) -> None:
    made = [
        subprocess.run(
            [sys.executable, "-c", _MAKE_TWO, postgres.postgres_dsn],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout.split()
        for _run in "12"
    ]
    assert len({*made[0], *made[1]}) == 4

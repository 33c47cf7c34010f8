"""Any part is killed in mid-import: every accepted ticket is in the log and the views, once."""

from pathlib import Path

import pytest
from log_and_views import assert_log_and_views_agree
from ticket_import import imported, mid_import
from whole_stack import WholeStack

ROWS = 400
KILL_AFTER_TICKETS = 60
EACH_RUN = ("kafka",)
OTHERS = (
    "postgres",
    "projection",
    "ingest",
    "ai",
    "escalation",
    "notify",
    "valkey",
    "envoy",
)


@pytest.mark.faults
@pytest.mark.parametrize(
    "part",
    [*EACH_RUN, *(pytest.param(part, marks=pytest.mark.exhaustive) for part in OTHERS)],
)
async def test_killed_in_mid_import(stack: WholeStack, tmp_path: Path, part: str) -> None:
    source = f"kill_{part}"
    async with mid_import(stack, tmp_path, source, ROWS, KILL_AFTER_TICKETS):
        killed = stack.kill(part)
        await stack.back(part, killed)
    await assert_log_and_views_agree(stack, await imported(stack, source, ROWS))

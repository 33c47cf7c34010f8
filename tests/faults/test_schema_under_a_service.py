"""No record can pass, whatever it holds: the service halts, says why, and resumes by itself."""

from pathlib import Path

import pytest
from log_and_views import assert_log_and_views_agree, assert_nothing_parked
from ticket_import import imported, mid_import
from whole_stack import WholeStack

from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_runtime.testing.waiting import eventually

ROWS = 150
RENAME_AFTER_TICKETS = 20


@pytest.mark.faults
async def test_a_column_renamed_and_named_back_in_mid_import(
    stack: WholeStack, tmp_path: Path
) -> None:
    source = "renamed_column"

    def says_why() -> bool:
        said = ServiceReadiness.read(stack.state.ports["projection"])
        return not said.working and "database do not fit" in said.troubles.get("consumer", "")

    async with mid_import(stack, tmp_path, source, ROWS, RENAME_AFTER_TICKETS):
        await stack.query("projection", "alter table timeline rename subject to subject_of_old")
        try:
            await eventually(says_why, within_s=60, what="a standing service that says why")
        finally:
            await stack.query("projection", "alter table timeline rename subject_of_old to subject")
    tickets = await imported(stack, source, ROWS)
    assert ServiceReadiness.read(stack.state.ports["projection"]).working
    await assert_log_and_views_agree(stack, tickets)
    await assert_nothing_parked(stack, tickets)

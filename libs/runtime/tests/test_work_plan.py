"""The lease query looks at rows that may be leased, however many may not."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Bench

from deskstream_runtime.work.work_rows import LEASE

_MANY = """
insert into work (id, kind, subject, payload, due_at, leased_until)
select gen_random_uuid(), 'note', md5((n % 50000)::text)::uuid, '{}',
       case when n % 3 = 0 then now() + interval '1 day' else now() - interval '1 minute' end,
       case when n % 3 = 1 then now() + interval '1 minute' end
from generate_series(1, 100000) n
"""
_FEW = """
insert into work (id, kind, subject, payload, due_at)
select gen_random_uuid(), 'note', gen_random_uuid(), '{}', now() from generate_series(1, 40)
"""
_ONE_SUBJECT = """
insert into work (id, kind, subject, payload, due_at)
select gen_random_uuid(), 'note', '00000000-0000-7000-8000-000000000001', '{}', now()
from generate_series(1, 20000)
"""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def explain(bench: Bench) -> dict[str, Any]:
    import json

    rows = await bench.query(
        f"explain (analyze, buffers, format json) {LEASE}".replace("$1", "'note'")
        .replace("$2", "now()")
        .replace("$3", "16")
        .replace("$4", "gen_random_uuid()")
        .replace("$5", "now()")
    )
    plan: dict[str, Any] = json.loads(rows[0][0])[0]["Plan"]
    return plan


@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("load", [_MANY, _ONE_SUBJECT], ids=["not_due", "one_subject"])
async def test_no_sequential_scan_of_a_full_table(bench: Bench, load: str, analyzed: bool) -> None:
    await bench.query("alter table work set (autovacuum_enabled = false)")
    await bench.query("insert into work (id, kind, subject, payload, due_at) values"
                      " (gen_random_uuid(), 'other', gen_random_uuid(), '{}', now())")  # fmt: skip
    await bench.query(load)
    await bench.query(_FEW)
    if analyzed:
        await bench.query("analyze work")
    plan = await explain(bench)
    scans = [node for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
    assert scans == []
    assert plan["Actual Rows"] == 16 if load == _MANY else plan["Actual Rows"] >= 1

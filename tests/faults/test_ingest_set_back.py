"""ingest's tables are put back to what they were, under the running stack."""

from collections import defaultdict
from typing import Any
from uuid import UUID

import httpx
import pytest
from whole_stack import WholeStack

from deskstream_runtime.testing.waiting import eventually

TICKETS = 12

_EACH_TABLE = """
do $$ declare name text; begin
    for name in select tablename from pg_tables
        where schemaname = 'public' and tablename not in ('schema_migrations', 'log_gap')
    loop {what} end loop;
end $$
"""
_KEEP = _EACH_TABLE.format(
    what="execute format('create table kept.%1$I as table public.%1$I', name);"
)
_PUT_BACK = _EACH_TABLE.format(
    what="execute format('truncate public.%I', name);"
    "execute format('insert into public.%1$I overriding system value table kept.%1$I', name);"
)
_CUT_OFF = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = 'ingest' and pid <> pg_backend_pid()"
)


@pytest.mark.faults
async def test_tables_put_back_under_the_running_stack(stack: WholeStack) -> None:
    async with stack.client() as http:
        tickets = [await created(http, number) for number in range(TICKETS)]
        await stack.settled()
        await stack.query("ingest", "create schema kept")
        try:
            await stack.query("ingest", _KEEP)
            for ticket in tickets:
                await changed(http, ticket, "lost")
                answer = await http.post(
                    f"/v1/tickets/{ticket}/messages",
                    json={"kind": "outbound", "body": "It is on its way."},
                )
                assert answer.status_code == 201, answer.text
            await stack.settled()
            await stack.query("ingest", _PUT_BACK)
            await stack.query("ingest", _CUT_OFF)
        finally:
            await stack.query("ingest", "drop schema kept cascade")
        for ticket in tickets:
            await changed(http, ticket, "after")
    await stack.settled()
    await assert_each_version_is_one_fact(stack, tickets)


async def created(http: httpx.AsyncClient, number: int) -> str:
    """A ticket in the view."""
    body = {"body": f"Where is my order {number}?", "customer": {"email": f"s{number}@example.com"}}
    answer = await http.post("/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def changed(http: httpx.AsyncClient, ticket: str, tag: str) -> None:
    """Sets a tag, as soon as that is possible."""

    async def done() -> bool:
        answer = await http.patch(f"/v1/tickets/{ticket}", json={"tags": [tag]})
        assert answer.status_code == 200, answer.text
        return True

    await eventually(done, within_s=90, what=f"the tag {tag}")


async def assert_each_version_is_one_fact(stack: WholeStack, tickets: list[str]) -> None:
    facts: dict[UUID, dict[int, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for event in await stack.events():
        if event.sequence is not None and str(event.subject) in tickets:
            facts[event.subject][event.sequence].add(event.id)
    assert len(facts) == len(tickets)
    for versions in facts.values():
        assert sorted(versions) == list(range(1, len(versions) + 1))
        assert all(len(ids) == 1 for ids in versions.values()), "a version was given twice"
    rows = await stack.query(
        "projection", "select id, version from ticket where id = any($1::uuid[])", [*facts]
    )
    assert {row["id"]: row["version"] for row in rows} == {
        ticket: len(versions) for ticket, versions in facts.items()
    }

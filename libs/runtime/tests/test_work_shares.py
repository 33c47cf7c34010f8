"""A pool's places are shared out: nobody takes them all, and a backlog costs others nothing."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from conftest import Bench
from runtime_toy import Note, toy_infrastructure

from deskstream_runtime.clock import utc_now
from deskstream_runtime.effects import NO_EFFECTS, Effects, Work
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, Shares, WorkKind
from deskstream_runtime.work.pool import WorkPool
from deskstream_runtime.work.shares import LEASE_SHARED, Slots, lease_shared

HOGS = [UUID(int=number) for number in range(1, 7)]
HEALTHY = UUID(int=100)

_STORE = """
insert into work (id, kind, subject, payload, due_at, share)
select gen_random_uuid(), 'note', gen_random_uuid(), '{"text": "x"}', $1, $2
from generate_series(1, $3::int)
"""


class Desk:
    """Leases by hand: what is leased stays in flight."""

    def __init__(self, connection: Any, places: int) -> None:
        self.connection = connection
        self.places = Slots(places)
        self.now = utc_now()

    @property
    def free(self) -> int:
        return self.places.total - sum(self.places.held.values())

    async def store(self, share: UUID, count: int) -> None:
        await self.connection.execute(_STORE, self.now, share, count)

    async def lease(self, **shares: Any) -> Counter[UUID]:
        """One round. How many rows of each share it gave."""
        leased = await lease_shared(
            self.connection,
            "note",
            self.places,
            self.free,
            Shares(**shares),
            now=self.now,
            until=self.now + timedelta(minutes=1),
        )
        for one in leased:
            self.places.take(one.share)
        return Counter(one.share for one in leased if one.share is not None)


@pytest.fixture
async def desk(bench: Bench) -> AsyncIterator[Desk]:
    connection = await asyncpg.connect(bench.settings.postgres.dsn.get_secret_value())
    yield Desk(connection, 32)
    await connection.close()


async def test_one_alone_gets_nearly_half_of_the_places(desk: Desk) -> None:
    await desk.store(HEALTHY, 100)
    assert await desk.lease() == {HEALTHY: 14}
    assert await desk.lease() == {}


async def test_few_rows_are_leased_whole(desk: Desk) -> None:
    await desk.store(HEALTHY, 3)
    assert await desk.lease() == {HEALTHY: 3}


async def test_who_comes_new_finds_a_place_however_many_took_theirs(desk: Desk) -> None:
    for hog in HOGS:
        await desk.store(hog, 100)
        await desk.lease()
    for _ in range(5):
        await desk.lease()
    assert desk.free >= 1
    await desk.store(HEALTHY, 1)
    assert (await desk.lease())[HEALTHY] == 1


async def test_those_who_come_together_get_the_same(desk: Desk) -> None:
    for hog in HOGS:
        await desk.store(hog, 100)
    given = await desk.lease()
    assert set(given) == set(HOGS)
    assert max(given.values()) - min(given.values()) <= 1


async def test_who_rests_gets_none_and_suspects_one_each_of_half_the_places(desk: Desk) -> None:
    suspects = [UUID(int=1_000 + number) for number in range(40)]
    for share in (*suspects, *HOGS[:1], HEALTHY):
        await desk.store(share, 100)
    given = await desk.lease(resting={HOGS[0]}, suspect=set(suspects))
    assert HOGS[0] not in given
    assert given[HEALTHY] > 1
    assert all(given[suspect] <= 1 for suspect in suspects)
    for _ in range(40):
        await desk.lease(resting={HOGS[0]}, suspect=set(suspects))
    assert sum(desk.places.held[one] for one in desk.places.held if one in suspects) <= 16
    assert HOGS[0] not in desk.places.held


async def test_a_place_given_back_is_free_again(desk: Desk) -> None:
    await desk.store(HEALTHY, 100)
    await desk.lease()
    for _ in range(4):
        desk.places.give_back(HEALTHY)
    assert await desk.lease() == {HEALTHY: 4}


@pytest.mark.parametrize("analyzed", [False, True])
async def test_the_lease_looks_at_no_more_rows_than_it_can_use(desk: Desk, analyzed: bool) -> None:
    """A backlog of one who rests, and one of a subject whose first row waits, are passed over."""
    await desk.connection.execute("alter table work set (autovacuum_enabled = false)")
    await desk.store(HOGS[0], 60_000)
    for hog in HOGS[1:]:
        await desk.store(hog, 500)
    if analyzed:
        await desk.connection.execute("analyze work")
    query = f"explain (analyze, buffers, format json) {LEASE_SHARED}"
    arguments = ("note", desk.now, 32, uuid4(), desk.now, 32, [HOGS[0]], [0], [0], [False])
    await desk.connection.execute("set plan_cache_mode = force_generic_plan")
    (row,) = await desk.connection.fetch(query, *arguments)
    plan = json.loads(row[0])[0]["Plan"]
    assert plan["Actual Rows"] >= 20
    scanned = [
        (node["Node Type"], node.get("Relation Name"), node["Actual Rows"] * node["Actual Loops"])
        for node in nodes(plan)
        if node.get("Relation Name") == "work"
    ]
    assert not [scan for scan in scanned if scan[0] == "Seq Scan"]
    assert max(rows for _, _, rows in scanned) <= 500
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 5_000


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def test_a_pool_serves_the_healthy_while_others_hang(
    bench: Bench, clock: ManualClock
) -> None:
    """Six hang with as much work as they like; all of the seventh is done meanwhile."""
    infrastructure = toy_infrastructure(bench.settings, clock)
    await infrastructure.database.open()
    let_go = asyncio.Event()
    done: Counter[UUID | None] = Counter()

    async def perform(work: LeasedWork) -> UUID | None:
        if work.share in HOGS:
            await let_go.wait()
        return work.share

    async def finish(_tx: Transaction, finished: Sequence[Finished[UUID | None]]) -> Effects:
        done.update(one.result for one in finished)
        return NO_EFFECTS

    async def give_up(_tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        return NO_EFFECTS

    async def keep(_tx: Transaction) -> Effects:
        work = [
            Work(uuid4(), "note", uuid4(), Note(text="x"), clock(), share)
            for share in (*HOGS, HEALTHY)
            for _ in range(30)
        ]
        return Effects(work=work)

    await infrastructure.unit_of_work.run(keep)
    kind: WorkKind[UUID | None] = WorkKind(
        "note", perform, finish, give_up, concurrency_max=16, shares=Shares
    )
    pool = WorkPool(infrastructure, kind)
    task = asyncio.create_task(pool.run())
    try:
        await eventually(lambda: done[HEALTHY] == 30, what="the work of the healthy")
        assert set(done) == {HEALTHY}
        let_go.set()
        await eventually(lambda: done.total() == 210, what="the rest")
    finally:
        let_go.set()
        pool.drain()
        await task
        await infrastructure.database.close()

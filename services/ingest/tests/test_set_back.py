"""ingest's database is set back in time: no version comes twice, nothing the log has is lost."""

import asyncio
from uuid import UUID, uuid4

import pytest
from ingest_desk import NEW_TICKET, fact
from ingest_scenarios import auto_approved, created, drafted, escalated, triaged
from ingest_set_back import SetBack

from deskstream_contracts import Event, follow_id
from deskstream_ingest.settings import Settings
from deskstream_localstack.testing import LocalStack
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.log import log_writer
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually


@pytest.fixture
def set_back(service_settings: SettingsFactory, kafka_topics: str) -> SetBack:
    kafka = {"request_timeout_ms": 5_000}
    return SetBack(service_settings(Settings, "deskstream_ingest", kafka=kafka), kafka_topics)


@pytest.mark.parametrize("changes", [1, 40])
async def test_started_on_a_database_set_back(set_back: SetBack, changes: int) -> None:
    """Set back by seconds and by minutes: a change, and many of several tickets."""
    async with set_back.running() as ingest:
        known = await ingest.create()
        await set_back.all_told(known, await ingest.changed(known, "before"))
    copy = await set_back.keep()
    async with set_back.running() as ingest:
        for number in range(changes):
            version = await ingest.changed(known, f"lost-{number}")
        lost = await ingest.create()
        answer = await ingest.http.post(f"/v1/tickets/{lost}/resolve", json={"code": "lost"})
        assert answer.status_code == 200
        await set_back.all_told(known, version)
        await set_back.all_told(lost, 2)
    await set_back.put_back(copy)

    async with set_back.running() as ingest:
        assert await ingest.changed(known, "after") == version + 1
        assert (
            await ingest.http.post(f"/v1/tickets/{lost}/resolve", json={"code": "lost"})
        ).headers["ETag"] == '"2"'
        await set_back.all_told(known, version + 1)
    await set_back.assert_log_is_true(known, version + 1)
    await set_back.assert_log_is_true(lost, 2)


async def apply_events(set_back: SetBack, ticket_id: str, clock: ManualClock) -> None:
    """Triage, an escalation, and a draft that a rule lets out: facts of other services."""
    message = follow_id(UUID(ticket_id), "message")
    async with log_writer(set_back.bootstrap) as log:
        for data in (
            triaged(message=message),
            drafted(f"draft of {ticket_id}", message=message),
            auto_approved(f"draft of {ticket_id}"),
            escalated(),
        ):
            await log.write(fact(ticket_id, data, clock, uuid4()))


@pytest.mark.parametrize("to_nothing", [False, True])
async def test_facts_that_are_read_again_lead_to_nothing_new(
    set_back: SetBack, to_nothing: bool, clock: ManualClock
) -> None:
    """The database forgot that it took them; the log has what they led to, and goes on from it."""
    copy = await set_back.keep()
    async with set_back.running() as ingest:
        ticket = await ingest.create()
        if not to_nothing:
            await set_back.all_told(ticket, 1)
    if not to_nothing:
        copy = await set_back.keep()
    async with set_back.running() as ingest:
        await apply_events(set_back, ticket, clock)
        await set_back.all_told(ticket, 4)
        resolve = await ingest.http.post(f"/v1/tickets/{ticket}/resolve")
        reopen = await ingest.http.post(f"/v1/tickets/{ticket}/reopen")
        assert (resolve.status_code, reopen.status_code) == (200, 200)
        await set_back.all_told(ticket, 6)
        handled = await set_back.positions()
    await set_back.put_back(copy)

    async with set_back.running() as ingest:

        async def read_again() -> bool:
            now = await set_back.positions()
            return all(now.get(place, 0) >= offset for place, offset in handled.items())

        await eventually(read_again, within_s=60, what="the facts read again")
        assert await ingest.changed(ticket, "after") == 7
        await set_back.all_told(ticket, 7)
    await set_back.assert_log_is_true(ticket, 7)


async def test_set_back_under_running_processes(set_back: SetBack) -> None:
    """Two of them, of which one relays: both see that their connections lead elsewhere."""
    async with set_back.running() as one, set_back.running() as two:
        ticket = await one.create()
        await set_back.all_told(ticket, await two.changed(ticket, "before"))
        copy = await set_back.keep_tables()
        for number in range(10):
            version = await (one, two)[number % 2].changed(ticket, f"lost-{number}")
        await set_back.all_told(ticket, version)
        await set_back.all_seen(one, two)
        await set_back.put_back_tables(copy)
        assert await one.changed(ticket, "after") == version + 1
        assert await two.changed(ticket, "after-that") == version + 2
        await set_back.all_told(ticket, version + 2)
    await set_back.assert_log_is_true(ticket, version + 2)


async def test_what_waited_to_be_sent_and_was_is_not_sent_again(
    set_back: SetBack, parts: LocalStack
) -> None:
    """The moment it is set back to had rows in its outbox, which the log has had since."""
    async with set_back.running() as ingest:
        ticket = await ingest.create()
        await set_back.all_told(ticket, await ingest.changed(ticket, "sent"))
        await asyncio.to_thread(parts.control("kafka").kill)
        try:
            version = await ingest.changed(ticket, "waits")
            copy = await set_back.keep_tables()
        finally:
            await asyncio.to_thread(parts.control("kafka").restart)
        await set_back.all_told(ticket, version)
        version = await ingest.changed(ticket, "lost")
        await set_back.all_told(ticket, version)
    await set_back.put_back_tables(copy)
    async with set_back.running() as ingest:
        assert await ingest.changed(ticket, "after") == version + 1
        await set_back.all_told(ticket, version + 1)
    await set_back.assert_log_is_true(ticket, version + 1)
    told = await set_back.told(ticket)
    assert len(told) == len({event.id for event in told})


async def test_a_record_of_somebody_else_keeps_no_process_waiting(
    set_back: SetBack, clock: ManualClock
) -> None:
    """It lies behind the places kept, and the relay that runs had no reason to look for it."""
    async with set_back.running() as one:
        ticket = await one.create()
        await set_back.all_told(ticket, await one.changed(ticket, "before"))
        async with log_writer(set_back.bootstrap) as log:
            await log.write(Event(uuid4(), uuid4(), clock(), created(), sequence=1))
        async with set_back.running() as two:
            assert await two.changed(ticket, "after") == 3
        await set_back.all_told(ticket, 3)
    await set_back.assert_log_is_true(ticket, 3)


async def test_while_kafka_is_away(set_back: SetBack, parts: LocalStack) -> None:
    """Who has compared goes on; who starts takes new tickets alone, and says why."""
    external = {"external": {"source": "shop", "id": uuid4().hex}}
    async with set_back.running() as compared:
        await eventually(lambda: not compared.service.problems(), within_s=60)
        ticket = await compared.create(**external)
        await compared.changed(ticket, "before")
        await set_back.all_told(ticket, 2)
        await asyncio.to_thread(parts.control("kafka").kill)
        try:
            assert (await compared.set_tag(ticket, "meanwhile")).status_code == 200
            async with set_back.running() as started:
                new = await started.create()
                for answer in (
                    await started.set_tag(ticket, "refused"),
                    await started.set_tag(new, "refused"),
                    await started.http.post("/v1/tickets", json=NEW_TICKET | external),
                ):
                    assert answer.status_code == 503
                    assert answer.json()["type"] == "urn:deskstream:problem:behind-the-log"
                    assert "the log was not asked yet" in answer.json()["detail"]
                    assert answer.headers["Retry-After"] == "1"
                assert "own_log" in started.service.problems()
            assert (await compared.set_tag(ticket, "still")).status_code == 200
        finally:
            await asyncio.to_thread(parts.control("kafka").restart)
        await set_back.all_told(ticket, 4)
        await set_back.all_told(new, 1)
    await set_back.assert_log_is_true(ticket, 4)

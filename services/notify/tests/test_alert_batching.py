"""Alert batching: one mail for several alerts, and an event for each."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from notify_bench import Bench
from notify_events import MakeEvent, happened
from notify_fakes import FakeMailServer
from notify_wire import Wire, read_wire

from deskstream_contracts import Event, revised
from deskstream_notify.adapters import attempt_repository, ticket_words_repository
from deskstream_notify.adapters.attempt_repository import BatchAttempt
from deskstream_runtime.testing.tables import opened
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.work.kind import Finished

LEASE = timedelta(seconds=60)


@pytest.fixture
def alarm(bench: Bench) -> MakeEvent:
    """Makes an alarming event about one and the same ticket."""
    ticket_id = happened("escalated", bench.clock.now).subject

    def make(event_type: str = "escalated", **fields: Any) -> Event[Any]:
        return happened(event_type, bench.clock.now, **fields)._replace(subject=ticket_id)

    return make


@pytest.fixture
async def quoting(bench: Bench) -> AsyncIterator[Bench]:
    """A bench whose alerts may quote the customer's words."""
    settings = bench.settings.model_copy(update={"alert_customer_words": True})
    quoting = Bench(settings, bench.clock)
    async with opened(quoting.infrastructure):
        yield quoting


def texts(mail_server: FakeMailServer) -> list[Wire]:
    """Each mail once, by Message-ID, in the order in which they first came."""
    return [read_wire(copies[0]) for copies in mail_server.accepted.values()]


def about_ticket(
    bench: Bench, alarm: MakeEvent, event_type: str = "ticket.created", **fields: Any
) -> Event[Any]:
    event = alarm(event_type, **fields)
    snapshot = event.data.ticket.model_copy(update={"version": fields.pop("version", 1)})
    return event._replace(data=event.data.model_copy(update={"ticket": snapshot}))


async def states(bench: Bench) -> list[str]:
    rows = await bench.rows("select state from notification order by seq")
    return [row["state"] for row in rows]


async def test_alerts_within_the_window_are_one_mail_and_each_is_announced(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    await bench.handle(first := alarm(), second := alarm("sla.breached"))
    bench.clock.advance(4)
    await bench.handle(third := alarm("sla.warned"))
    await bench.do_due_work()
    assert not mail_server.accepted
    bench.clock.advance(1)
    await bench.do_due_work()
    (mail,) = texts(mail_server)
    for headline in ("escalated to level", "overdue", "due in"):
        assert headline in mail.text
        assert headline in mail.html
    assert "escalated to level" in mail.header("Subject")
    assert "overdue" in mail.header("Subject")
    published = await bench.published()
    assert [one.type for one in published] == ["notification.sent"] * 3
    assert {one.causation_id for one in published} == {first.id, second.id, third.id}
    assert {f"<{one.data.provider_message_id}>" for one in published} == {mail.header("Message-ID")}
    assert await states(bench) == ["sent"] * 3
    bench.clock.advance(60)
    await bench.handle(first, third)
    await bench.do_due_work()
    assert len(mail_server.accepted) == 1
    assert len(await bench.published()) == 3
    assert await bench.value("select count(*) from work") == 0


async def test_the_mail_of_one_alert_bears_the_id_of_its_notification(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    await bench.handle(alarm())
    bench.clock.advance(5)
    await bench.do_due_work()
    (mail,) = texts(mail_server)
    assert mail.header("Message-ID") == f"<{(await bench.notification())['id']}@shop.example>"


async def test_later_alerts_and_other_tickets_have_mails_of_their_own(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    await bench.handle(alarm(level=1))
    bench.clock.advance(6)
    await bench.handle(alarm(level=2), happened("escalated", bench.clock.now, level=3))
    bench.clock.advance(6)
    await bench.do_due_work()
    levels = sorted(mail.text.splitlines()[0][-1] for mail in texts(mail_server))
    assert levels == ["1", "2", "3"]


async def test_a_repetition_is_the_same_mail_and_later_alerts_another(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    mail_server.manners.append("accept_then_drop")
    await bench.handle(alarm(level=1), alarm(level=2))
    bench.clock.advance(5)
    await bench.do_due_work()
    await bench.handle(alarm(level=3))
    bench.clock.advance(10)
    await bench.do_due_work()
    first, second = mail_server.accepted.values()
    assert len(first) == 2
    assert first[0] == first[1]
    assert "level 3" in read_wire(second[0]).text
    assert "level 3" not in read_wire(first[0]).text
    assert [one.type for one in await bench.published()] == ["notification.sent"] * 3


async def test_a_crash_after_the_server_accepted_it_sends_the_same_mail_again(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    await bench.handle(alarm(level=1), alarm(level=2))
    bench.clock.advance(5)
    await bench.perform(await bench.leased(bench.clock.now + LEASE))
    assert await states(bench) == ["sending"] * 2
    await bench.handle(alarm(level=3))
    bench.clock.advance(LEASE.total_seconds() + 1)
    await bench.do_due_work()
    copies, _ = mail_server.accepted.values()
    assert len(copies) == 2
    assert len(set(copies)) == 1
    assert len(await bench.published()) == 3


async def test_a_mail_refused_for_good_fails_for_each_cause(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    mail_server.manners.append("no_mailbox")
    await bench.handle(first := alarm(), second := alarm("sla.breached"))
    bench.clock.advance(5)
    await bench.do_due_work()
    assert not mail_server.accepted
    assert await states(bench) == ["failed"] * 2
    published = await bench.published()
    assert [one.type for one in published] == ["notification.failed"] * 2
    assert {one.causation_id for one in published} == {first.id, second.id}
    assert {one.data.reason for one in published} == {"mailbox_refused"}


async def test_an_alert_erased_while_it_waits_is_left_out_of_the_mail(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    mail_server.manners.append("busy")
    await bench.handle(first := alarm(level=1), alarm(level=2), alarm(level=3))
    bench.clock.advance(5)
    await bench.do_due_work()
    await bench.handle(revised(first, first.data))
    bench.clock.advance(60)
    await bench.do_due_work()
    (mail,) = texts(mail_server)
    assert "level 1" not in mail.text
    assert "level 2" in mail.text
    assert "level 3" in mail.text
    # It may be the mail that was refused before, so it has that one's id.
    leader = await bench.value("select id from notification order by seq limit 1")
    assert mail.header("Message-ID") == f"<{leader}@shop.example>"
    assert [one.type for one in await bench.published()] == ["notification.sent"] * 2


async def test_an_erasure_between_sending_and_finishing_announces_the_others(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    await bench.handle(first := alarm(), alarm("sla.breached"))
    bench.clock.advance(5)
    work = await bench.leased(bench.clock.now + LEASE)
    result = await bench.perform(work)
    await bench.handle(revised(first, first.data))

    await bench.commit(bench.kinds[work.kind].finish, [Finished(work, result)])
    assert sorted(one.data.recipient for one in await bench.published()) == [
        "",
        "duty@shop.example",
    ]


async def test_the_customers_words_are_not_quoted_by_default(
    bench: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    created = about_ticket(bench, alarm, subject="Card stolen", body="Help me, Kim")
    await bench.handle(created, alarm())
    bench.clock.advance(5)
    await bench.do_due_work()
    (mail,) = texts(mail_server)
    assert f"- ticket {str(created.subject)[-8:]}" in mail.header("Subject")
    assert "Card stolen" not in mail.text + mail.html + mail.header("Subject")
    assert "Kim" not in mail.text + mail.html
    assert await bench.value("select count(*) from ticket_words") == 0


async def test_the_customers_words_are_quoted_in_any_order_of_arrival(
    quoting: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    created = about_ticket(quoting, alarm, subject="Card stolen", body="Help me, Kim")
    again = about_ticket(quoting, alarm, "ticket.message_added", kind="inbound", body="Hurry!")
    again = again._replace(
        data=again.data.model_copy(
            update={"ticket": again.data.ticket.model_copy(update={"version": 2})}
        )
    )
    await quoting.handle(alarm())
    await quoting.handle(again)
    await quoting.handle(created)
    quoting.clock.advance(5)
    await quoting.do_due_work()
    (mail,) = texts(mail_server)
    assert mail.header("Subject").endswith("- Card stolen")
    assert "> Hurry!" in mail.text
    assert "Kim" not in mail.text
    assert await quoting.value("select about from notification") is None


async def test_a_repetition_quotes_the_words_of_the_first_attempt(
    quoting: Bench, alarm: MakeEvent, mail_server: FakeMailServer
) -> None:
    created = about_ticket(quoting, alarm, subject="Card stolen", body="Help me")
    mail_server.manners.append("accept_then_drop")
    await quoting.handle(created, alarm())
    quoting.clock.advance(5)
    await quoting.do_due_work()
    changed = alarm("ticket.updated", subject="Card found")
    await quoting.handle(changed)
    quoting.clock.advance(10)
    await quoting.do_due_work()
    (copies,) = mail_server.accepted.values()
    assert len(copies) == 2
    assert copies[0] == copies[1]


@pytest.mark.parametrize("order", [0, 1])
async def test_the_words_of_an_erased_customer_are_not_quoted(
    quoting: Bench, alarm: MakeEvent, mail_server: FakeMailServer, order: int
) -> None:
    created = about_ticket(quoting, alarm, subject="Card stolen", body="Help me")
    events = [created, revised(created, created.data.model_copy(update={"subject": ""}))]
    await quoting.handle(alarm())
    await quoting.handle(events[order])
    await quoting.handle(events[1 - order])
    quoting.clock.advance(5)
    await quoting.do_due_work()
    (mail,) = texts(mail_server)
    assert "Card stolen" not in mail.text + mail.header("Subject")
    assert "Help me" not in mail.text


_WAITING_FOR_A_LOCK = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""


async def test_an_erasure_while_the_words_are_saved_leaves_none_behind(
    quoting: Bench, alarm: MakeEvent, mail_server: FakeMailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = about_ticket(quoting, alarm, subject="Card stolen", body="Help me")
    await quoting.handle(created, alarm())
    quoting.clock.advance(5)
    mail_server.manners.append("busy")
    begin = attempt_repository.begin_batch
    begun, erasing = asyncio.Event(), asyncio.Event()

    async def begin_before_the_erasure(*args: Any) -> BatchAttempt | None:
        attempt = await begin(*args)
        begun.set()
        await erasing.wait()
        return attempt

    async def waits() -> bool:
        waiting: int = await quoting.value(_WAITING_FOR_A_LOCK)
        return waiting == 1

    monkeypatch.setattr(attempt_repository, "begin_batch", begin_before_the_erasure)
    sending = asyncio.create_task(quoting.do_due_work())
    await begun.wait()
    async with quoting.infrastructure.database.transaction() as tx:
        await ticket_words_repository.erase(tx, [created.subject], quoting.clock.now)
        erasing.set()
        await eventually(waits)
    await sending
    assert await quoting.value("select about ->> 'subject' from notification") is None
    quoting.clock.advance(60)
    await quoting.do_due_work()
    (mail,) = texts(mail_server)
    assert "Card stolen" not in mail.text + mail.header("Subject")

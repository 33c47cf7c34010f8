"""Alerts about one ticket that come close together are one mail, and each is told of by itself."""

import asyncio
from datetime import timedelta

import pytest
from notify_bench import Bench
from notify_events import happened
from notify_wire import read_wire

from deskstream_contracts import revised
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.adapters.ticket_words_repository import erase_words
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.work.kind import Finished

LEASE = timedelta(seconds=60)


@pytest.fixture
def alarm(bench):
    """Makes an alarming event about one and the same ticket."""
    ticket_id = happened("escalated", bench.clock.now).subject

    def make(event_type="escalated", **fields):
        return happened(event_type, bench.clock.now, **fields)._replace(subject=ticket_id)

    return make


@pytest.fixture
async def telling(bench):
    """A bench whose alerts may tell the customer's words."""
    settings = bench.settings.model_copy(update={"alert_customer_words": True})
    telling = Bench(settings, bench.clock)
    await telling.infrastructure.database.open()
    await telling.value("delete from ticket_words")
    yield telling
    await telling.infrastructure.database.close()
    await telling.infrastructure.valkey.aclose()


def texts(mail_server):
    """Each mail once, by Message-ID, in the order in which they first came."""
    return [read_wire(copies[0]) for copies in mail_server.accepted.values()]


def about_ticket(bench, alarm, event_type="ticket.created", **fields):
    event = alarm(event_type, **fields)
    head = event.data.ticket.model_copy(update={"version": fields.pop("version", 1)})
    return event._replace(data=event.data.model_copy(update={"ticket": head}))


async def states(bench):
    rows = await bench.rows("select state from notification order by seq")
    return [row["state"] for row in rows]


async def test_alerts_within_the_time_are_one_mail_and_each_is_told(bench, alarm, mail_server):
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
    told = await bench.told()
    assert [one.type for one in told] == ["notification.sent"] * 3
    assert {one.causation_id for one in told} == {first.id, second.id, third.id}
    assert {f"<{one.data.provider_message_id}>" for one in told} == {mail.header("Message-ID")}
    assert await states(bench) == ["sent"] * 3
    bench.clock.advance(60)
    await bench.handle(first, third)
    await bench.do_due_work()
    assert len(mail_server.accepted) == 1
    assert len(await bench.told()) == 3
    assert await bench.value("select count(*) from work") == 0


async def test_the_mail_of_one_alert_bears_the_id_of_its_notification(bench, alarm, mail_server):
    await bench.handle(alarm())
    bench.clock.advance(5)
    await bench.do_due_work()
    (mail,) = texts(mail_server)
    assert mail.header("Message-ID") == f"<{(await bench.notification())['id']}@shop.example>"


async def test_later_alerts_and_other_tickets_have_mails_of_their_own(bench, alarm, mail_server):
    await bench.handle(alarm(level=1))
    bench.clock.advance(6)
    await bench.handle(alarm(level=2), happened("escalated", bench.clock.now, level=3))
    bench.clock.advance(6)
    await bench.do_due_work()
    levels = sorted(mail.text.splitlines()[0][-1] for mail in texts(mail_server))
    assert levels == ["1", "2", "3"]


async def test_a_repetition_is_the_same_mail_and_what_came_since_another(bench, alarm, mail_server):
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
    assert [one.type for one in await bench.told()] == ["notification.sent"] * 3


async def test_a_crash_after_the_server_took_it_sends_the_same_mail_again(
    bench, alarm, mail_server
):
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
    assert len(await bench.told()) == 3


async def test_a_mail_refused_for_good_fails_for_each_cause(bench, alarm, mail_server):
    mail_server.manners.append("no_mailbox")
    await bench.handle(first := alarm(), second := alarm("sla.breached"))
    bench.clock.advance(5)
    await bench.do_due_work()
    assert not mail_server.accepted
    assert await states(bench) == ["failed"] * 2
    told = await bench.told()
    assert [one.type for one in told] == ["notification.failed"] * 2
    assert {one.causation_id for one in told} == {first.id, second.id}
    assert {one.data.reason for one in told} == {"mailbox_refused"}


async def test_what_is_erased_while_it_waits_is_not_told_and_the_rest_is(bench, alarm, mail_server):
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
    # It may be the mail that was refused before, so that it bears that one's id.
    leader = await bench.value("select id from notification order by seq limit 1")
    assert mail.header("Message-ID") == f"<{leader}@shop.example>"
    assert [one.type for one in await bench.told()] == ["notification.sent"] * 2


async def test_an_erasure_between_sending_and_noting_tells_the_others(bench, alarm, mail_server):
    await bench.handle(first := alarm(), alarm("sla.breached"))
    bench.clock.advance(5)
    work = await bench.leased(bench.clock.now + LEASE)
    result = await bench.perform(work)
    await bench.handle(revised(first, first.data))

    async def act(tx):
        return await bench.kinds[work.kind].finish(tx, [Finished(work, result)]), None

    await bench.infrastructure.unit_of_work.run(act)
    assert sorted(one.data.recipient for one in await bench.told()) == ["", "duty@shop.example"]


async def test_the_customers_words_are_not_told_unless_wanted(bench, alarm, mail_server):
    created = about_ticket(bench, alarm, subject="Card stolen", body="Help me, Kim")
    await bench.handle(created, alarm())
    bench.clock.advance(5)
    await bench.do_due_work()
    (mail,) = texts(mail_server)
    assert f"- ticket {str(created.subject)[-8:]}" in mail.header("Subject")
    assert "Card stolen" not in mail.text + mail.html + mail.header("Subject")
    assert "Kim" not in mail.text + mail.html
    assert await bench.value("select count(*) from ticket_words") == 0


async def test_the_customers_words_are_told_where_wanted_whatever_came_first(
    telling, alarm, mail_server
):
    created = about_ticket(telling, alarm, subject="Card stolen", body="Help me, Kim")
    again = about_ticket(telling, alarm, "ticket.message_added", kind="inbound", body="Hurry!")
    again = again._replace(
        data=again.data.model_copy(
            update={"ticket": again.data.ticket.model_copy(update={"version": 2})}
        )
    )
    await telling.handle(alarm())
    await telling.handle(again)
    await telling.handle(created)
    telling.clock.advance(5)
    await telling.do_due_work()
    (mail,) = texts(mail_server)
    assert mail.header("Subject").endswith("- Card stolen")
    assert "> Hurry!" in mail.text
    assert "Kim" not in mail.text
    assert await telling.value("select about from notification") is None


async def test_a_repetition_tells_the_words_of_the_first_time(telling, alarm, mail_server):
    created = about_ticket(telling, alarm, subject="Card stolen", body="Help me")
    mail_server.manners.append("accept_then_drop")
    await telling.handle(created, alarm())
    telling.clock.advance(5)
    await telling.do_due_work()
    changed = alarm("ticket.updated", subject="Card found")
    await telling.handle(changed)
    telling.clock.advance(10)
    await telling.do_due_work()
    (copies,) = mail_server.accepted.values()
    assert len(copies) == 2
    assert copies[0] == copies[1]


@pytest.mark.parametrize("order", [0, 1])
async def test_the_words_of_who_is_erased_are_not_told(telling, alarm, mail_server, order):
    created = about_ticket(telling, alarm, subject="Card stolen", body="Help me")
    events = [created, revised(created, created.data.model_copy(update={"subject": ""}))]
    await telling.handle(alarm())
    await telling.handle(events[order])
    await telling.handle(events[1 - order])
    telling.clock.advance(5)
    await telling.do_due_work()
    (mail,) = texts(mail_server)
    assert "Card stolen" not in mail.text + mail.header("Subject")
    assert "Help me" not in mail.text


_WAITING_FOR_A_LOCK = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""


async def test_an_erasure_while_the_words_are_noted_leaves_none_behind(
    telling, alarm, mail_server, monkeypatch
):
    created = about_ticket(telling, alarm, subject="Card stolen", body="Help me")
    await telling.handle(created, alarm())
    telling.clock.advance(5)
    mail_server.manners.append("busy")
    begin = Ledger.begin_batch
    begun, erasing = asyncio.Event(), asyncio.Event()

    async def begin_before_the_erasure(*args):
        attempt = await begin(*args)
        begun.set()
        await erasing.wait()
        return attempt

    async def waits():
        return await telling.value(_WAITING_FOR_A_LOCK) == 1

    monkeypatch.setattr(Ledger, "begin_batch", begin_before_the_erasure)
    sending = asyncio.create_task(telling.do_due_work())
    await begun.wait()
    async with telling.infrastructure.database.connection() as connection, connection.transaction():
        await erase_words(connection, [created.subject], telling.clock.now)
        erasing.set()
        await eventually(waits)
    await sending
    assert await telling.value("select about ->> 'subject' from notification") is None
    telling.clock.advance(60)
    await telling.do_due_work()
    (mail,) = texts(mail_server)
    assert "Card stolen" not in mail.text + mail.header("Subject")

"""Old rows go, and only those that are settled."""

from datetime import timedelta

from notify_events import happened, reply

from deskstream_notify.handlers.schedules import Retention


async def test_what_is_settled_and_old_is_forgotten(bench, mail_server):
    kept = timedelta(days=90)
    retention = Retention(bench.ledger, bench.clock, kept, timedelta(days=7))
    await bench.handle(reply(bench.clock.now), happened("delivery.updated", bench.clock.now))
    await bench.do_due_work()
    await bench.handle(reply(bench.clock.now))

    async def act(tx):
        return await retention.act(tx)

    bench.clock.advance(kept.total_seconds() - 60)
    await bench.infrastructure.unit_of_work.run(act)
    assert await bench.value("select count(*) from notification") == 2
    bench.clock.advance(120)
    await bench.infrastructure.unit_of_work.run(act)
    assert (await bench.notification())["state"] == "planned"
    assert await bench.value("select count(*) from delivery_report") == 0

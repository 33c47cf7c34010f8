"""Old rows are deleted, and only those of ended notifications."""

from datetime import timedelta

from notify_bench import Bench
from notify_events import happened, reply
from notify_fakes import FakeMailServer

from deskstream_notify.handlers.schedules import Retention


async def test_ended_and_old_rows_are_deleted(bench: Bench, mail_server: FakeMailServer) -> None:
    kept = timedelta(days=90)
    retention = Retention(bench.clock, kept, timedelta(days=7))
    await bench.handle(reply(bench.clock.now), happened("delivery.updated", bench.clock.now))
    await bench.do_due_work()
    await bench.handle(reply(bench.clock.now))

    bench.clock.advance(kept.total_seconds() - 60)
    await bench.infrastructure.unit_of_work.run(retention.delete_some)
    assert await bench.value("select count(*) from notification") == 2
    bench.clock.advance(120)
    await bench.infrastructure.unit_of_work.run(retention.delete_some)
    assert (await bench.notification())["state"] == "planned"
    assert await bench.value("select count(*) from delivery_report") == 0

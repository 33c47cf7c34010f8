"""What a ticket costs the log: the demo's messages, and answers to the first, as the demo does."""

from collections import Counter
from pathlib import Path

from whole_stack import WholeStack, output_of

from deskstream_cli.demo.approving import approve_drafts
from deskstream_cli.demo.prepare import publish_articles
from deskstream_cli.demo.views import read_views
from deskstream_contracts import Event
from deskstream_contracts.events.sla import SlaStarted
from deskstream_contracts.events.ticket import TicketCreated

DEMO = Path(__file__).parents[2] / "demo"
SOURCE = "events-a-ticket"
EVENTS_A_TICKET_MAX = 6.8
IMPORT_TIMEOUT_S = 120


async def test_a_demo_ticket_is_few_events_and_its_clocks_are_one(stack: WholeStack) -> None:
    async with stack.client() as client:
        await publish_articles(client, DEMO / "articles")
        await stack.settled()
        command = stack.desk("import", str(DEMO / "tickets.csv"), "--source", SOURCE)
        await output_of(command, IMPORT_TIMEOUT_S)
        await stack.settled()
        created = {
            str(event.subject): event.time.isoformat()
            for event in await stack.events("ticket.created")
            if isinstance(event.data, TicketCreated)
            and event.data.external is not None
            and event.data.external.source == SOURCE
        }
        assert len(created) == 192
        approved, _ = await approve_drafts(client, await read_views(client, created))
        assert approved
        await stack.settled()
    counted = [
        event
        for event in await stack.events()
        if str(event.subject) in created and not event.type.startswith("notification.")
    ]
    by_type = Counter(event.type for event in counted)
    assert len(counted) / len(created) <= EVENTS_A_TICKET_MAX, by_type
    started: dict[str, list[Event[SlaStarted]]] = {ticket_id: [] for ticket_id in created}
    for event in counted:
        if isinstance(event.data, SlaStarted):
            started[str(event.subject)].append(event)  # type: ignore[arg-type]
    assert all(started.values()), "every ticket is promised something"
    for sent in started.values():
        assert [clock.clock for clock in sent[0].data.clocks] == [
            "first_response",
            "resolution",
        ]
        assert len({event.data.priority for event in sent}) == len(sent), (
            "announced again for nothing"
        )

"""The accepted content of an external ticket, which distinguishes a repeat from other content.

A request for a known `external` source and id is judged by what it means: it is made into the
`ticket.created` that it would have led to at the moment the first one was accepted, and the two
events are compared field by field. So defaults count as filled in, a subject left out is the
first line, addresses are normalised, a time in another zone is the same time, a time not given (or
ahead of the acceptance) is that of the acceptance, and the order of keys and tags does not matter.

Digests of the fields are kept with the ticket, and follow from the event alone. A field at its
default has none, so a field that is added later does not make old tickets differ.
"""

from collections.abc import Mapping
from datetime import UTC

from deskstream_contracts.events.ticket import (
    Customer,
    ExternalReference,
    TicketCreated,
    TicketMessageAdded,
    TicketResolved,
    TicketUpdated,
)
from deskstream_contracts.priority import DEFAULT_PRIORITY
from deskstream_ingest.domain.decision import digest
from deskstream_ingest.domain.ticket import Ticket


def fingerprint(created: TicketCreated) -> dict[str, str]:
    """Digests by the field's name in a request: `body`, `customer.email`, `external.url`."""
    snapshot, occurred_at = created.ticket, created.occurred_at.astimezone(UTC)
    fields: dict[str, object] = {
        "body": created.body,
        "subject": created.subject,
        "priority": None if snapshot.priority == DEFAULT_PRIORITY else snapshot.priority,
        "tags": sorted(snapshot.tags),
        "language": created.language,
        "attributes": dict(created.attributes),
        "occurred_at": None if occurred_at == snapshot.created_at else occurred_at.isoformat(),
    }
    if created.imported:
        fields |= {
            "occurred_at": occurred_at.isoformat(),
            "queue": snapshot.queue,
            "status": snapshot.status,
            "analyse": created.analyse,
        }
    fields |= _unchanging(snapshot.channel, created.customer, created.external)
    return _digests(fields)


def with_past(
    content: Mapping[str, str], event: TicketMessageAdded | TicketResolved | TicketUpdated
) -> dict[str, str]:
    """The digests with one more event of an imported past: all messages share one."""
    fields: dict[str, object] = {"status": event.ticket.status}
    at = event.occurred_at.astimezone(UTC).isoformat()
    match event:
        case TicketMessageAdded():
            author = None if event.kind == "inbound" else event.actor.id
            before = content.get("messages")
            fields["messages"] = [before, event.kind, event.body, at, author]
        case TicketResolved():
            fields["resolved_at"] = at
            fields["resolution"] = [event.code, event.note]
        case TicketUpdated():
            pass
    return {**content, **_digests(fields)}


def differing_fields(known: Ticket, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """The fields in which a repeat, `wanted`, says something else than what was accepted.

    Of a ticket accepted before digests were kept only what never changes is known; the rest of a
    repeat counts as the same.
    """
    accepted: Mapping[str, str]
    if known.content is not None:
        accepted = known.content
    else:
        of_ticket = _unchanging(known.snapshot.channel, known.customer, known.external)
        accepted = _digests(of_ticket)
        wanted = {name: value for name, value in wanted.items() if name in of_ticket}
    names = sorted(accepted.keys() | wanted.keys())
    return tuple(name for name in names if accepted.get(name) != wanted.get(name))


def _unchanging(
    channel: str, customer: Customer, external: ExternalReference | None
) -> dict[str, object]:
    fields: dict[str, object] = {
        "channel": channel,
        "customer.name": customer.name,
        "customer.email": customer.email,
        "customer.phone": customer.phone,
        "customer.external_id": customer.external_id,
        "customer.unusable": list(customer.unusable_addresses),
        "external.url": external.url if external else None,
    }
    if not (customer.email or customer.phone or customer.external_id):
        fields["customer.id"] = str(customer.id)  # else it follows from these
    return fields


def _digests(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: digest(value) for name, value in fields.items() if value}

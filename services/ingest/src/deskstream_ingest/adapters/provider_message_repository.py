"""What providers call our messages, kept for the delivery reports that come later."""

from collections.abc import Sequence

from deskstream_contracts import Event
from deskstream_contracts.events.notification import NotificationSent
from deskstream_runtime.postgres.connection import Transaction

_INSERT = """
insert into provider_message (provider, provider_message_id, ticket_id, notification_id)
select * from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[])
on conflict (provider, provider_message_id) do nothing
"""


async def keep(tx: Transaction, events: Sequence[Event[NotificationSent]]) -> None:
    """Stores where each provider's message belongs; one that is known already stays as it is."""
    named = [event for event in events if event.data.provider_message_id is not None]
    if named:
        await tx.execute(
            _INSERT,
            [event.data.provider for event in named],
            [event.data.provider_message_id for event in named],
            [event.subject for event in named],
            [event.data.notification_id for event in named],
        )

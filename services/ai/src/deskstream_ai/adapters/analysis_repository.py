"""Stores the analyses of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deskstream_ai.domain.analysis import MessageSummary
from deskstream_contracts.events.model_run import ModelRun
from deskstream_runtime.postgres.connection import Transaction

_INSERT = """
insert into understanding
    (message_id, model, intent, intent_confidence, sentiment, language, tags, understood_at)
select n.message_id, n.model, n.intent, n.intent_confidence, n.sentiment, n.language,
    string_to_array(n.tags, ' '), n.understood_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::float8[], $5::text[], $6::text[], $7::text[],
    $8::timestamptz[])
    n(message_id, model, intent, intent_confidence, sentiment, language, tags, understood_at)
on conflict (message_id) do nothing
returning message_id
"""


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """The part of a message's analysis that is kept, made by `run`."""

    message_id: UUID
    run: ModelRun
    summary: MessageSummary
    at: datetime


async def save_analyses(tx: Transaction, analyses: Sequence[StoredAnalysis]) -> set[UUID]:
    """Stores the analyses of messages that have none, and returns the ids of those messages."""
    rows = await tx.fetch(
        _INSERT,
        [one.message_id for one in analyses],
        [f"{one.run.provider}:{one.run.name}:{one.run.version}" for one in analyses],
        [one.summary.intent for one in analyses],
        [one.summary.intent_confidence for one in analyses],
        [one.summary.sentiment for one in analyses],
        [one.summary.language for one in analyses],
        [" ".join(one.summary.tags) for one in analyses],
        [one.at for one in analyses],
    )
    return {row["message_id"] for row in rows}

"""Payloads of work. They hold no text of a customer: those stay in their tables."""

import json
from datetime import datetime
from typing import ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel

from deskstream_contracts import Cause
from deskstream_runtime.work.kind import LeasedWork

P = TypeVar("P", bound=BaseModel)


class AnalyzeMessage(BaseModel):
    """Analyze a customer's new message and draft a reply."""

    kind: ClassVar[str] = "understand"

    message_id: UUID
    cause: Cause


class AnalyzePastMessage(BaseModel):
    """Analyze a customer's imported message, which was written at `occurred_at`."""

    kind: ClassVar[str] = "analyse"

    message_id: UUID
    occurred_at: datetime
    cause: Cause


class DraftReply(BaseModel):
    """Draft a reply to one of a ticket's messages, or to the customer's last one."""

    kind: ClassVar[str] = "draft"

    request_id: UUID
    cause: Cause
    message_id: UUID | None = None
    instructions: str | None = None
    tone: str | None = None
    language: str | None = None


def payload_of(work: LeasedWork, payload: type[P]) -> P:
    """The payload of work. Causes were once stored without their subject, which is the work's."""
    document = json.loads(work.payload)
    document["cause"].setdefault("subject", str(work.subject))
    return payload.model_validate(document)

"""Drafts as they are answered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from deskstream_projection.api.responses.columns import CodeList


class NewestDraft(BaseModel):
    """The newest proposed answer: drafted, failed, auto_approved, rejected or approved."""

    id: UUID
    status: Annotated[
        str, Field(validation_alias="decision"), BeforeValidator(lambda kind: kind or "drafted")
    ]
    confidence: float | None
    drafted_at: datetime


class Draft(NewestDraft):
    """A proposed answer with its text and the decision on it."""

    message_id: UUID
    body: str
    model: str | None
    language: str | None
    cautions: CodeList
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None

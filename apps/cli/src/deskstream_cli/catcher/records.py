"""The records of the catcher."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class CaughtMail(BaseModel):
    """A mail as the SMTP server took it; `text` is its first plain-text body."""

    model_config = ConfigDict(frozen=True)

    received_at: datetime
    sender: str
    recipients: list[str]
    subject: str
    message_id: str
    in_reply_to: str
    headers: list[tuple[str, str]]
    text: str


class CaughtWebhook(BaseModel):
    """A webhook with a valid signature; `webhook_id` is the sender's id of the message."""

    model_config = ConfigDict(frozen=True)

    received_at: datetime
    webhook_id: str
    body: str

"""The SMTP side of the catcher."""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from aiosmtpd.smtp import SMTP, Envelope, Session

from deskstream_cli.catcher.journal import Journal
from deskstream_cli.catcher.records import CaughtMail


class MailHandler:
    """Keeps each mail before it tells the sender that the mail was taken."""

    def __init__(self, mails: Journal[CaughtMail]) -> None:
        self._mails = mails

    async def handle_DATA(  # noqa: N802 - the name and arguments are aiosmtpd's
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        """Take one mail; aiosmtpd calls this when its last line has come."""
        self._mails.append(_caught(envelope))
        return "250 Kept"


def _caught(envelope: Envelope) -> CaughtMail:
    content = envelope.content or b""
    raw = content.encode() if isinstance(content, str) else content
    message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)
    return CaughtMail(
        received_at=datetime.now(UTC),
        sender=envelope.mail_from or "",
        recipients=list(envelope.rcpt_tos),
        subject=str(message["Subject"] or ""),
        message_id=str(message["Message-ID"] or ""),
        in_reply_to=str(message["In-Reply-To"] or ""),
        headers=[(name, str(value)) for name, value in message.items()],
        text=_text(message),
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    return str(body.get_content()) if body else ""

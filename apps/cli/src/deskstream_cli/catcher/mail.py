"""The SMTP side of the catcher."""

from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser

from aiosmtpd.smtp import SMTP, Envelope, Session

from deskstream_cli.catcher.journal import Journal
from deskstream_cli.catcher.records import CaughtMail


class MailHandler:
    """Stores each mail before it acknowledges it to the sender."""

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
    # Asked for by name, each header would be parsed to its grammar: three times as slow.
    headers = [(name, _readable(value)) for name, value in message.raw_items()]
    first = {name.lower(): value for name, value in reversed(headers)}
    return CaughtMail(
        received_at=datetime.now(UTC),
        sender=_unicode(envelope.mail_from or ""),
        recipients=[_unicode(recipient) for recipient in envelope.rcpt_tos],
        subject=first.get("subject", ""),
        message_id=first.get("message-id", ""),
        in_reply_to=first.get("in-reply-to", ""),
        headers=headers,
        text=_text(message),
    )


def _readable(value: str) -> str:
    """A header's value in one line, its encoded words (RFC 2047) read if they can be."""
    line = "".join(_unicode(value).splitlines())
    try:
        return _unicode(str(make_header(decode_header(line))))
    except (HeaderParseError, LookupError, UnicodeError):
        return line


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        return _unicode(str(body.get_content()))
    except LookupError:  # a character set that nobody knows
        return bytes(body.get_payload(decode=True)).decode("utf-8", "replace")


def _unicode(text: str) -> str:
    """Text whose bytes the libraries kept as surrogates, as the UTF-8 (RFC 6532) that they are.

    What is no UTF-8 becomes the replacement character: a record must be text that can be written.
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

"""Mails as clients expect them: text and HTML, threaded, marked when no human wrote them.

The same message always gives the same bytes: a mail sent again after a crash is the same mail.
"""

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from pydantic import AnyHttpUrl

from deskstream_contracts.shown import shown_line, shown_text
from deskstream_notify.adapters.header_classes import HeaderClasses
from deskstream_notify.adapters.mail import Mail, UnwritableMail
from deskstream_notify.adapters.mail_headers import (
    header_text,
    known_language,
    known_message_id,
    mailbox,
)
from deskstream_notify.domain.address import mailable
from deskstream_notify.domain.alert import subject_line
from deskstream_notify.domain.message import AlertMail, ReplyMail

_SUBJECT_MAX_CHARS = 200

Headers = list[tuple[str, str]]


class MailComposer:
    """Writes mails from `sender`, whose domain is also that of their Message-IDs.

    `public_url` is where people open tickets, for the link in alerts. `special_domains` are
    special-use domains that the mail server delivers to.

    Headers follow RFC 5322, RFC 3834 (Auto-Submitted) and RFC 2919 (List-Id).
    """

    def __init__(
        self,
        sender: Address,
        public_url: AnyHttpUrl | None = None,
        special_domains: frozenset[str] = frozenset(),
    ) -> None:
        self._sender = sender
        self._special_domains = special_domains
        self._public_url = None if public_url is None else str(public_url).rstrip("/")
        # Lines of quoted-printable hold at most 76 characters (RFC 2045 section 6.7), not 78.
        self._policy = SMTP.clone(header_factory=HeaderClasses(), max_line_length=76)
        self._templates = SandboxedEnvironment(
            loader=PackageLoader("deskstream_notify", "adapters/templates"),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._templates.filters |= {"line": shown_line, "text": shown_text}

    def message_id(self, notification_id: UUID) -> str:
        """The mail's Message-ID, by which servers and clients recognise a repetition."""
        return f"<{notification_id}@{self._sender.domain}>"

    def reply(self, notification_id: UUID, message: ReplyMail) -> Mail:
        """The answer to a customer, in the ticket's thread. Raises `UnwritableMail`."""
        subject = shown_line(message.subject)
        if not subject.lower().startswith("re:"):
            subject = f"Re: {subject}"
        language = known_language(message.language)
        headers = self._thread(message.cause.subject, message.in_reply_to)
        if language is not None:
            headers.append(("Content-Language", language))
        if message.automatic:
            headers.append(("Auto-Submitted", "auto-replied"))
            headers.append(("X-Auto-Response-Suppress", "All"))
        values = {"message": message, "language": language}
        content = self._content(notification_id, "reply", values)
        return self._mail(notification_id, message, subject, headers, content)

    def alert(self, notification_id: UUID, message: AlertMail) -> Mail:
        """An alert, easy to filter and never answered automatically. Raises `UnwritableMail`."""
        headers = [
            *self._thread(message.cause.subject, None),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("List-Id", f"Deskstream alerts <alerts.{self._sender.domain}>"),
        ]
        ticket_id = message.cause.subject
        link = None if self._public_url is None else f"{self._public_url}/tickets/{ticket_id}"
        values = {"message": message, "link": link}
        content = self._content(notification_id, "alert", values)
        return self._mail(notification_id, message, subject_line(message), headers, content)

    def _mail(
        self,
        notification_id: UUID,
        message: ReplyMail | AlertMail,
        subject: str,
        headers: Headers,
        content: bytes,
    ) -> Mail:
        recipient = mailable(message.to, self._special_domains)
        if recipient is None:
            raise UnwritableMail("invalid_address", "No mail can be sent to this address.")
        message_id = self.message_id(notification_id)
        sender = self._sender.addr_spec
        leading = (
            ("From", mailbox("From", self._sender.display_name, sender)),
            ("To", recipient),
            ("Subject", header_text("Subject", shown_line(subject)[:_SUBJECT_MAX_CHARS])),
            ("Date", format_datetime(message.planned_at)),
            ("Message-ID", message_id),
        )
        return Mail(sender, recipient, message_id, (*leading, *headers), content)

    def _thread(self, ticket_id: UUID, in_reply_to: str | None) -> Headers:
        """A ticket's mails refer to one id, never sent itself, by which clients group them."""
        root = f"<ticket-{ticket_id}@{self._sender.domain}>"
        answered = known_message_id(in_reply_to)
        references = f"{root}\r\n {answered}" if answered else root
        return [("In-Reply-To", answered or root), ("References", references)]

    def _content(self, notification_id: UUID, template: str, values: Mapping[str, Any]) -> bytes:
        """Text and HTML as one MIME entity. Its headers do not depend on the text."""
        text = self._templates.get_template(f"{template}.txt").render(values)
        html = self._templates.get_template(f"{template}.html").render(values)
        entity = EmailMessage(policy=self._policy)
        # Quoted-printable passes every server unchanged, whatever extensions it supports.
        entity.set_content(text, cte="quoted-printable")
        entity.add_alternative(html, subtype="html", cte="quoted-printable")
        entity.set_boundary(f"=_{notification_id.hex}")
        return entity.as_bytes()

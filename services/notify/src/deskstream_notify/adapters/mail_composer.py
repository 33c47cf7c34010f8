"""Mails as clients expect them: text and HTML, threaded, marked when no human wrote them.

The same message always gives the same bytes: a mail sent again after a crash is the same mail.
"""

import re
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from uuid import UUID

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from deskstream_notify.adapters.header_classes import HeaderClasses
from deskstream_notify.domain.message import AlertMail, ReplyMail

_MESSAGE_ID = re.compile(r"^<[^<>\s@]+@[^<>\s@]+>$", re.ASCII)
_SUBJECT_MAX_CHARS = 200


class MailComposer:
    """Writes mails from `sender`, whose domain is also that of their Message-IDs.

    Headers follow RFC 5322, RFC 3834 (Auto-Submitted) and RFC 2919 (List-Id).
    """

    def __init__(self, sender: Address) -> None:
        self._sender = sender
        self._policy = SMTP.clone(header_factory=HeaderClasses())
        self._templates = SandboxedEnvironment(
            loader=PackageLoader("deskstream_notify", "adapters/templates"),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def message_id(self, notification_id: UUID) -> str:
        """The mail's Message-ID: by it, a server or client knows a mail it had before."""
        return f"<{notification_id}@{self._sender.domain}>"

    def reply(self, notification_id: UUID, message: ReplyMail) -> EmailMessage:
        """The answer to a customer, in the ticket's thread."""
        subject = (
            message.subject
            if message.subject.lower().startswith("re:")
            else (f"Re: {message.subject}")
        )
        mail = self._headed(notification_id, message, subject)
        self._thread(mail, message.cause.subject, message.in_reply_to)
        if message.language is not None:
            mail["Content-Language"] = message.language
        if message.automatic:
            mail["Auto-Submitted"] = "auto-replied"
            mail["X-Auto-Response-Suppress"] = "All"
        return self._filled(mail, notification_id, "reply", {"message": message})

    def alert(self, notification_id: UUID, message: AlertMail) -> EmailMessage:
        """Word to the people on duty: easy to filter, and never answered by a robot."""
        mail = self._headed(notification_id, message, message.headline)
        self._thread(mail, message.cause.subject, None)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["List-Id"] = f"Deskstream alerts <alerts.{self._sender.domain}>"
        return self._filled(mail, notification_id, "alert", {"message": message})

    def _headed(
        self, notification_id: UUID, message: ReplyMail | AlertMail, subject: str
    ) -> EmailMessage:
        mail = EmailMessage(policy=self._policy)
        mail["From"] = self._sender
        name, _, domain = message.to.rpartition("@")
        mail["To"] = Address(username=name, domain=domain)
        # A line break in a subject would start another header.
        mail["Subject"] = " ".join(subject.split())[:_SUBJECT_MAX_CHARS]
        mail["Date"] = message.planned_at
        mail["Message-ID"] = self.message_id(notification_id)
        return mail

    def _thread(self, mail: EmailMessage, ticket_id: UUID, in_reply_to: str | None) -> None:
        """A ticket's mails refer to one id, itself never sent: so clients keep them together."""
        root = f"<ticket-{ticket_id}@{self._sender.domain}>"
        answered = in_reply_to if in_reply_to and _MESSAGE_ID.match(in_reply_to) else None
        mail["In-Reply-To"] = answered or root
        mail["References"] = f"{root} {answered}" if answered else root

    def _filled(
        self, mail: EmailMessage, notification_id: UUID, template: str, values: Mapping[str, Any]
    ) -> EmailMessage:
        text = self._templates.get_template(f"{template}.txt").render(values)
        html = self._templates.get_template(f"{template}.html").render(values)
        # Quoted-printable passes every server unchanged, whatever it can do.
        mail.set_content(text, cte="quoted-printable")
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{notification_id.hex}")
        return mail

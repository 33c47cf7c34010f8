"""Mails to an SMTP server, one connection per mail.

A connection of its own makes the result of each mail clear: if it broke before the server accepted
the text, the mail was certainly not sent.
"""

import contextlib
from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

import aiosmtplib

from deskstream_notify.adapters.circuit_breakers import Circuit
from deskstream_notify.adapters.mail import Mail, UnwritableMail
from deskstream_notify.domain.message import Message
from deskstream_notify.domain.send_result import Reason, SendFailed, SendResult, Sent, of_smtp_code
from deskstream_notify.settings import SmtpSettings

M = TypeVar("M", bound=Message)

# The headers of such a mail hold UTF-8, which a server with SMTPUTF8 takes (RFC 6531 section 3.1).
_INTERNATIONAL = ("SMTPUTF8", "BODY=8BITMIME")
_NO_SMTPUTF8 = (
    "The address is not ASCII before its @, and the mail server takes no such addresses (SMTPUTF8)."
)

# Only these failures concern the server as a whole; others concern one mail.
_SERVER = Circuit("smtp", frozenset({"unreachable", "interrupted", "timeout", "login_refused"}))


class MailSender(Generic[M]):
    """Sends one kind of mail, written by `compose`, which may raise `UnwritableMail`."""

    provider = "smtp"

    def __init__(self, settings: SmtpSettings, compose: Callable[[UUID, M], Mail]) -> None:
        self._settings = settings
        self._compose = compose

    def circuits(self, _message: M) -> tuple[Circuit, ...]:
        """That of the server, through which all mail goes."""
        return (_SERVER,)

    def about(self, _message: M) -> dict[str, object]:
        """Nothing: an address is personal."""
        return {}

    async def send(self, notification_id: UUID, message: M) -> SendResult:
        """Hands the mail to the server. A repeated mail has the same bytes."""
        try:
            mail = self._compose(notification_id, message)
            content = mail.as_bytes()
        except UnwritableMail as error:
            return SendFailed(error.reason, final=True, detail=str(error))
        client = self._client()
        try:
            await client.connect()
        except aiosmtplib.SMTPAuthenticationError as error:
            client.close()
            # Our own login is wrong, not the mail: it can be sent once the settings are right.
            return of_smtp_code("login_refused", error.code, error.message, final=False)
        except (aiosmtplib.SMTPException, OSError):
            client.close()
            return SendFailed("unreachable")
        try:
            result = await self._hand_over(client, mail, content)
            # The server has answered: how the connection ends changes nothing.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
            return result
        finally:
            client.close()

    async def _hand_over(self, client: aiosmtplib.SMTP, mail: Mail, content: bytes) -> SendResult:
        options = _INTERNATIONAL if mail.international else ()
        try:
            await client.sendmail(mail.sender, mail.recipient, content, mail_options=options)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            return of_smtp_code("mailbox_refused", refusal.code, refusal.message)
        except aiosmtplib.SMTPResponseException as error:
            return of_smtp_code(_reason_of(error), error.code, error.message)
        except aiosmtplib.SMTPNotSupported:
            return SendFailed("not_supported", final=True, detail=_NO_SMTPUTF8)
        except TimeoutError:
            return SendFailed("timeout", ambiguous=True)
        except (aiosmtplib.SMTPServerDisconnected, OSError):
            return SendFailed("interrupted", ambiguous=True)
        return Sent(provider_message_id=mail.message_id.strip("<>"))

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        password = settings.password
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            # Unset, the library asks DNS for our name, and everything waits for the answer.
            local_hostname=settings.sender_address.domain,
            username=settings.username,
            password=password.get_secret_value() if password else None,
            timeout=settings.timeout_s,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
        )


def _reason_of(error: aiosmtplib.SMTPResponseException) -> Reason:
    return "sender_refused" if isinstance(error, aiosmtplib.SMTPSenderRefused) else "rejected"

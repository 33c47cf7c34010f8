"""Mails to an SMTP server, a connection a mail.

A connection of its own makes the outcome of each mail clear: what broke before the server took the
mail's text certainly did not send it.
"""

import contextlib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Generic, TypeVar
from uuid import UUID

import aiosmtplib

from deskstream_notify.domain.message import Message
from deskstream_notify.domain.outcome import Accepted, Outcome, Reason, Refused, of_smtp_code
from deskstream_notify.settings import SmtpSettings

M = TypeVar("M", bound=Message)


class MailSender(Generic[M]):
    """Sends one kind of mail, written by `compose`."""

    provider = "smtp"

    def __init__(self, settings: SmtpSettings, compose: Callable[[UUID, M], EmailMessage]) -> None:
        self._settings = settings
        self._compose = compose

    def route(self, _message: M) -> str:
        """All mail goes through the one server."""
        return self.provider

    async def send(self, notification_id: UUID, message: M) -> Outcome:
        """Hands the mail to the server. A mail tried before is the same to the byte."""
        mail = self._compose(notification_id, message)
        client = self._client()
        try:
            await client.connect()
        except aiosmtplib.SMTPAuthenticationError as error:
            client.close()
            # Our own password is wrong: nothing about the mail is, and it can be sent once mended.
            return Refused("login_refused", detail=f"{error.code} {error.message}"[:500])
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            return Refused("unreachable", detail=type(error).__name__)
        try:
            outcome = await self._hand_over(client, mail)
            # The server has spoken: how the connection ends changes nothing.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
            return outcome
        finally:
            client.close()

    async def _hand_over(self, client: aiosmtplib.SMTP, mail: EmailMessage) -> Outcome:
        try:
            await client.send_message(mail)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            return of_smtp_code("mailbox_refused", refused.code, refused.message)
        except aiosmtplib.SMTPResponseException as error:
            return of_smtp_code(_reason_of(error), error.code, error.message)
        except aiosmtplib.SMTPNotSupported as error:
            return Refused("not_supported", final=True, detail=error.message[:500])
        except TimeoutError:
            return Refused("timeout", ambiguous=True)
        except (aiosmtplib.SMTPServerDisconnected, OSError):
            return Refused("interrupted", ambiguous=True)
        return Accepted(provider_message_id=mail["Message-ID"].strip("<>"))

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

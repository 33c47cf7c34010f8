"""Signed calls to subscribed systems (Standard Webhooks 1.0), to public addresses alone.

The address is checked when its socket is made, after the name was resolved: a name cannot change
between the check and the call, and an address in place of a name is checked as well.
"""

import asyncio
import errno
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

import aiohttp
from aiohttp.abc import AbstractResolver
from pydantic import SecretStr
from standardwebhooks import Webhook
from yarl import URL

from deskstream_notify.adapters import subscription_queries
from deskstream_notify.adapters.circuit_breakers import Circuit
from deskstream_notify.adapters.signing_secrets import SecretCipher
from deskstream_notify.domain.cloud_event import MEDIA_TYPE
from deskstream_notify.domain.endpoint import UnacceptableUrl, checked_url, may_be_dialled
from deskstream_notify.domain.message import WebhookCall
from deskstream_notify.domain.send_result import (
    Reason,
    SendFailed,
    SendResult,
    Withdrawn,
    of_http_status,
)
from deskstream_notify.settings import WebhookSettings
from deskstream_runtime.clock import Clock
from deskstream_runtime.postgres.database import Database

_USER_AGENT = "Deskstream-Webhooks/1"
_UNREACHABLE: frozenset[Reason] = frozenset({"unreachable"})
_CHUNK_SIZE_BYTES = 8_192


class ForbiddenAddress(OSError):
    """The receiver's name resolves to an address that is not called."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "this address is not called")


class WebhookSender:
    """Calls receivers over kept connections, opened at the first call and closed by `close`."""

    provider = "webhook"

    def __init__(
        self,
        settings: WebhookSettings,
        database: Database,
        cipher: SecretCipher,
        clock: Clock,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    def circuits(self, message: WebhookCall) -> tuple[Circuit, ...]:
        """The subscription's, which any failure trips, and its host's, if that is unreachable."""
        return (Circuit(message.subscription_id), Circuit(_host_of(message), _UNREACHABLE))

    def about(self, message: WebhookCall) -> dict[str, object]:
        return {
            "subscription_id": str(message.subscription_id),
            "host": _host_of(message),
        }

    async def send(self, notification_id: UUID, message: WebhookCall) -> SendResult:
        """Calls the receiver. A repeated call has the same `webhook-id`."""
        async with self._database.connection() as connection:
            found = await subscription_queries.find_call(
                connection, message.subscription_id, message.cause.id, message.revision
            )
        if found is None:
            return Withdrawn()
        body = message.body or found.body
        if body is None:
            return SendFailed("payload_gone", final=True)
        secret = self._cipher.decrypt(found.secret_encrypted)
        return await self._call(notification_id, message.url, body, secret)

    async def close_at_the_end(self) -> None:
        """Waits until it is cancelled, then closes the kept connections."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _call(
        self, notification_id: UUID, written: str, body: str, secret: SecretStr
    ) -> SendResult:
        headers = signed_headers(notification_id, body, secret, self._clock())
        try:
            # Checked again: a URL that was accepted long ago may be refused by now.
            url = checked_url(written, private_allowed=self._settings.allow_private_networks)
            return await self._post(url, body, headers)
        except UnacceptableUrl:
            return SendFailed("invalid_url", final=True)
        except (aiohttp.ClientError, OSError) as error:
            return _failure(error)

    async def _post(self, url: URL, body: str, headers: dict[str, str]) -> SendResult:
        async with self._opened().post(
            url, data=body.encode(), headers=headers, allow_redirects=False
        ) as response:
            await self._read_some(response)
            retry_after_s = _retry_after_s(response.headers.get("Retry-After"), self._clock())
            return of_http_status(response.status, retry_after_s)

    async def _read_some(self, response: aiohttp.ClientResponse) -> None:
        """Reads a short answer to its end, so the connection is kept; a long one is cut off."""
        size_bytes = 0
        async for chunk in response.content.iter_chunked(_CHUNK_SIZE_BYTES):
            size_bytes += len(chunk)
            if size_bytes > self._settings.response_max_bytes:
                return

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._settings.connections_max,
                    keepalive_timeout=self._settings.keep_alive_s,
                    socket_factory=self._socket,
                    resolver=self._resolver,
                ),
                timeout=aiohttp.ClientTimeout(
                    total=self._settings.timeout_s, connect=self._settings.timeout_s / 2
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": _USER_AGENT, "Content-Type": MEDIA_TYPE},
                auto_decompress=False,
            )
        return self._session

    def _socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, endpoint = address
        private_allowed = self._settings.allow_private_networks
        if not may_be_dialled(str(endpoint[0]), private_allowed=private_allowed):
            raise ForbiddenAddress
        return socket.socket(family, kind, protocol)


def _host_of(message: WebhookCall) -> str:
    """The host and port that are dialled, and so reachable or not."""
    try:
        url = URL(message.url)
    except ValueError:
        return "none"
    return f"{url.raw_host}:{url.port}"


def _failure(error: Exception) -> SendFailed:
    """The result of an error. Without a connection the receiver cannot have got the call."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return SendFailed("tls_failed")
        case aiohttp.ClientConnectorError(os_error=ForbiddenAddress()):
            return SendFailed("forbidden_address", final=True)
        case aiohttp.InvalidURL():
            return SendFailed("invalid_url", final=True)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return SendFailed("unreachable")
        case TimeoutError():
            return SendFailed("timeout", ambiguous=True)
        case _:
            return SendFailed("interrupted", ambiguous=True)


def signed_headers(
    notification_id: UUID, body: str, secret: SecretStr, now: datetime
) -> dict[str, str]:
    """The headers by which a receiver verifies the caller and recognises a repetition."""
    signature = Webhook(secret.get_secret_value()).sign(str(notification_id), now, body)
    return {
        "webhook-id": str(notification_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def _retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds, or a date (RFC 9110 section 10.2.3). Anything else is ignored."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)

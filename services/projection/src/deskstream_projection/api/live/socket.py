"""The WebSocket route: authentication, subscriptions, settings."""

import asyncio
import json
from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from deskstream_projection.api.live.client import LiveClient
from deskstream_projection.api.live.hub import Hub
from deskstream_projection.api.live.messages import (
    FROM_CLIENT,
    Authenticate,
    FromClient,
    Hello,
    LiveRefusal,
    Ping,
    Pong,
    Subscribe,
    Unsubscribe,
)
from deskstream_projection.api.live.rate import MessageRate
from deskstream_projection.settings import LiveSettings
from deskstream_runtime.errors import is_transient
from deskstream_runtime.http.auth import ApiKeys, secret_of
from deskstream_runtime.http.wrong_values import wrong_value

PATH = "/ws/customer-support"
SCOPE = "live:read"

# RFC 6455 section 7.4 and its registry; 4000 and above are our own.
POLICY_VIOLATION = 1008
TOO_LARGE = 1009
TRY_AGAIN_LATER = 1013
TOO_MANY_MESSAGES = 4429
UNAUTHENTICATED = 4401
FORBIDDEN = 4403


class _Close(Exception):
    """Ends the connection with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def live_router(hub: Hub, settings: LiveSettings) -> APIRouter:
    router = APIRouter()

    @router.websocket(PATH)
    async def customer_support(socket: WebSocket) -> None:
        await socket.accept()
        try:
            if len(hub) >= settings.clients_max:
                raise _Close(TRY_AGAIN_LATER, "too many live clients, try again later")
            secret = await _authenticate(socket, settings)
            await _converse(socket, hub, settings, secret)
        except _Close as over:
            await socket.close(over.code, over.reason)
        except WebSocketDisconnect:
            return

    return router


async def _authenticate(socket: WebSocket, settings: LiveSettings) -> str:
    """By header, else by the first message. Never by the URL: those are logged everywhere.

    Returns the key's secret, as the key may be revoked while the client is connected.
    """
    secret = secret_of(socket.headers)
    if secret is None:
        try:
            async with asyncio.timeout(settings.authenticate_within_s):
                first = await _receive(socket, settings.message_max_chars)
        except TimeoutError:
            raise _Close(UNAUTHENTICATED, "no authenticate message came in time") from None
        if not isinstance(first, Authenticate):
            raise _Close(UNAUTHENTICATED, "the first message must authenticate")
        secret = first.key.get_secret_value()
    _check_key(socket, secret)
    return secret


def _check_key(socket: WebSocket, secret: str) -> None:
    keys: ApiKeys = socket.app.state.api_keys
    principal = keys.principal(secret)
    if principal is None:
        raise _Close(UNAUTHENTICATED, "the key is not valid")
    if SCOPE not in principal.scopes:
        raise _Close(FORBIDDEN, f"this needs the scope {SCOPE}")


async def _watch_key(socket: WebSocket, settings: LiveSettings, secret: str) -> None:
    while True:
        await asyncio.sleep(settings.check_key_every_s)
        _check_key(socket, secret)


async def _converse(socket: WebSocket, hub: Hub, settings: LiveSettings, secret: str) -> None:
    """Receives and sends concurrently until one of them ends, or the key is revoked."""
    client = LiveClient(settings.queue_max)
    client.push(Hello().model_dump_json())
    hub.join(client)
    reading = asyncio.create_task(_read(socket, hub, client, settings))
    sending = asyncio.create_task(client.send_all(socket.send_text, settings.send_timeout_s))
    watching = asyncio.create_task(_watch_key(socket, settings, secret))
    try:
        await asyncio.wait({reading, sending, watching}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
        if sending.done() and isinstance(sending.exception(), TimeoutError):
            raise _Close(POLICY_VIOLATION, "the client does not read what it is sent")
        if reading.done():
            if isinstance(reading.exception(), _Close):
                await _send_rest(client, settings)
            reading.result()
    finally:
        hub.leave(client)
        for task in (reading, sending, watching):
            task.cancel()
        await asyncio.gather(reading, sending, watching, return_exceptions=True)


async def _send_rest(client: LiveClient, settings: LiveSettings) -> None:
    """Lets the client read why it is disconnected, if it reads at all."""
    with suppress(TimeoutError):
        async with asyncio.timeout(settings.authenticate_within_s):
            await client.sent()


async def _read(socket: WebSocket, hub: Hub, client: LiveClient, settings: LiveSettings) -> None:
    bad_messages = 0
    clock_s = asyncio.get_running_loop().time
    rate = MessageRate(settings.messages_per_s, settings.messages_burst, clock_s())
    while bad_messages < settings.bad_messages_max:
        message = await _receive(socket, settings.message_max_chars)
        if not rate.allows(clock_s()):
            often = f"{settings.messages_per_s:g} messages a second"
            detail = f"This connection may send {often}. Connect again, and send less often."
            client.push(LiveRefusal(code="too-many-messages", detail=detail).model_dump_json())
            raise _Close(TOO_MANY_MESSAGES, f"more than {often}")
        if isinstance(message, LiveRefusal):
            bad_messages += 1
            client.push(message.model_dump_json())
        else:
            await _answer(message, hub, client)
    raise _Close(POLICY_VIOLATION, "too many invalid messages")


async def _answer(message: FromClient, hub: Hub, client: LiveClient) -> None:
    match message:
        case Subscribe():
            try:
                await hub.subscribe(client, message)
            except Exception as error:
                if not is_transient(error):
                    raise
                refused = LiveRefusal(
                    code="unavailable", detail="Not possible now; subscribe again."
                )
                client.push(refused.model_dump_json())
        case Unsubscribe():
            client.unsubscribe(message.channel)
        case Ping():
            client.push(Pong().model_dump_json())
        case Authenticate():
            client.push(Hello().model_dump_json())


async def _receive(socket: WebSocket, max_chars: int) -> FromClient | LiveRefusal:
    """The next message, or what is wrong with it. Raises `_Close` for one that is too long."""
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code") or 1000)
    text = received.get("text")
    if text is None:
        return LiveRefusal(code="invalid-message", detail="Messages are text, not binary.")
    if len(text) > max_chars:
        raise _Close(TOO_LARGE, f"a message may have {max_chars} characters")
    try:
        return FROM_CLIENT.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return LiveRefusal(code="invalid-message", detail=_what_is_wrong(first, text)[:300])


def _what_is_wrong(error: ErrorDetails, text: str) -> str:
    """Which value is wrong, by JSON Pointer into the message, and why."""
    if error["type"] == "json_invalid":
        return "A message is a JSON object; this is not valid JSON."
    wrong = wrong_value({**error, "loc": ("body", *error["loc"])}, json.loads(text))
    return f"{wrong.pointer}: {wrong.detail}" if wrong.pointer else wrong.detail

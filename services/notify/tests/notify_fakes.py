"""A mail server and a webhook receiver that keep what they accepted, and misbehave on demand."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any, Literal

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook

MailManner = Literal["accept", "accept_then_drop", "drop", "hang", "busy", "refuse", "no_mailbox"]


class FakeMailServer:
    """Accepts mails with a Message-ID. `manners` says how to treat the next ones."""

    def __init__(self) -> None:
        self.manners: deque[MailManner] = deque()
        self.accepted: dict[str, list[bytes]] = defaultdict(list)
        self.envelopes: list[Envelope] = []
        self.port = 0

    # No property: aiosmtpd reads all attributes of its handler at each connection.
    def mails(self) -> list[EmailMessage]:
        """The mails that a server which recognises Message-IDs delivers: each once."""
        parser = BytesParser(policy=default)
        return [parser.parsebytes(copies[0]) for copies in self.accepted.values()]

    def readers(self) -> list[str]:
        """The recipients of its mails, sorted."""
        return sorted(mail["To"] for mail in self.mails())

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if self.manners and self.manners[0] == "no_mailbox":
            self.manners.popleft()
            return f"550 5.1.1 {address}: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(server.transport, asyncio.Transport)
        assert isinstance(envelope.content, bytes)
        manner = self.manners.popleft() if self.manners else "accept"
        if manner in ("busy", "refuse"):
            return "451 4.3.0 try later" if manner == "busy" else "554 5.7.1 spam"
        if manner == "drop":
            server.transport.abort()
            return "421 gone"
        mail = BytesParser(policy=default).parsebytes(envelope.content)
        if not mail["Message-ID"]:
            return "554 no Message-ID"
        self.accepted[mail["Message-ID"]].append(envelope.content)
        self.envelopes.append(envelope)
        if manner == "accept_then_drop":
            server.transport.abort()
        if manner == "hang":
            await asyncio.sleep(60)
        return "250 OK"


def text_of(mail: EmailMessage) -> str:
    """The mail's plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text.strip()


@asynccontextmanager
async def fake_mail_server(*, smtputf8: bool = True) -> AsyncIterator[FakeMailServer]:
    """A mail server on a free port of this machine."""
    fake = FakeMailServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(fake, hostname="mail.test", enable_SMTPUTF8=smtputf8, loop=loop),
        "127.0.0.1",
        0,
    )
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()


class FakeReceiver:
    """Checks signatures, unless it has no secret, and keeps accepted calls by `webhook-id`.

    `manners` are for the next calls: a status, a response, or "accept_then_drop", "hang" (after
    accepting), "drop" (before).
    """

    def __init__(self) -> None:
        self.manners: deque[Any] = deque()
        self.secret = ""
        self.accepted: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.requests = 0
        self.connections: set[tuple[str, int]] = set()
        self.content_types: set[str] = set()
        self.url = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        transport = request.transport
        assert transport is not None
        self.connections.add(transport.get_extra_info("peername"))
        body = await request.read()
        event = json.loads(body)
        if self.secret:
            Webhook(self.secret).verify(body, dict(request.headers))
        manner = self.manners.popleft() if self.manners else 204
        if manner == "drop":
            transport.abort()
        if isinstance(manner, web.Response):
            return manner
        if isinstance(manner, int) and manner >= 300:
            return web.Response(status=manner)
        self.content_types.add(request.content_type)
        if manner != "drop":
            self.accepted[request.headers["webhook-id"]].append(event)
        if manner == "accept_then_drop":
            transport.abort()
        if manner == "hang":
            await asyncio.sleep(60)
        return web.Response(status=204)


@asynccontextmanager
async def fake_receiver() -> AsyncIterator[FakeReceiver]:
    """A webhook receiver on a free port of this machine."""
    fake = FakeReceiver()
    app = web.Application()
    app.router.add_post("/hook", fake.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.url = f"http://{host}:{port}/hook"
    try:
        yield fake
    finally:
        await runner.cleanup()

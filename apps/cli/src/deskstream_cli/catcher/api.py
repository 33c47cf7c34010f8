"""The HTTP side of the catcher: takes webhooks, lists what was caught."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Body, Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from deskstream_cli.catcher.access import Access
from deskstream_cli.catcher.journal import Journal
from deskstream_cli.catcher.page import render
from deskstream_cli.catcher.records import CaughtMail, CaughtWebhook
from deskstream_cli.catcher.webhooks import InvalidSecretError, WebhookSecret, WrongSignatureError


class Mails(BaseModel):
    """`total` mails were caught; `mails` are the newest, newest first."""

    total: int
    mails: list[CaughtMail]


class Webhooks(BaseModel):
    """`total` different webhooks were caught; `webhooks` are the newest, newest first."""

    total: int
    webhooks: list[CaughtWebhook]


@dataclass(frozen=True, slots=True)
class Caught:
    """The dependencies of the API."""

    mails: Journal[CaughtMail]
    webhooks: Journal[CaughtWebhook]
    secret: WebhookSecret
    access: Access
    webhook_size_max_bytes: int


def create_api(caught: Caught) -> FastAPI:
    api = FastAPI(title="Deskstream catcher", docs_url=None, redoc_url=None, openapi_url=None)
    known = [Depends(caught.access)]

    @api.post("/webhooks", status_code=status.HTTP_204_NO_CONTENT)
    async def receive(request: Request) -> Response:
        """Keep a webhook with a valid signature once; a repeated one is taken and not kept."""
        body = await _bounded_body(request, caught.webhook_size_max_bytes)
        try:
            webhook_id = caught.secret.verify(body, request.headers)
        except WrongSignatureError as error:
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, str(error)) from error
        if not caught.webhooks.holds(webhook_id):
            now = datetime.now(UTC)
            caught.webhooks.append(
                CaughtWebhook(received_at=now, webhook_id=webhook_id, body=body.decode())
            )
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    @api.put("/webhook-secret", status_code=status.HTTP_204_NO_CONTENT, dependencies=known)
    async def replace_secret(
        secret: Annotated[str, Body(embed=True, max_length=200)],
    ) -> Response:
        """Check signatures with the secret that the sender gave its subscriber."""
        try:
            caught.secret.replace(secret)
        except InvalidSecretError as error:
            raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, str(error)) from error
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    @api.get("/mails", dependencies=known)
    async def mails() -> Mails:
        return Mails(total=caught.mails.total, mails=caught.mails.newest_first())

    @api.get("/webhooks", dependencies=known)
    async def webhooks() -> Webhooks:
        newest = caught.webhooks.newest_first()
        return Webhooks(total=caught.webhooks.total, webhooks=newest)

    @api.get("/enter")
    async def enter(token: str) -> Response:
        """The link for a browser."""
        return caught.access.enter(token)

    @api.get("/", response_class=HTMLResponse, dependencies=known)
    async def page() -> str:
        return render(caught.mails, caught.webhooks)

    @api.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    return api


async def _bounded_body(request: Request, size_max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > size_max_bytes:
            raise HTTPException(
                status.HTTP_413_CONTENT_TOO_LARGE,
                f"A webhook here has at most {size_max_bytes} bytes.",
            )
    return bytes(body)

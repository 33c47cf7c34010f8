"""Builds the catcher and runs both of its servers on one event loop."""

import asyncio

import uvicorn
from aiosmtpd.smtp import SMTP

from deskstream_cli.catcher.access import Access
from deskstream_cli.catcher.api import Caught, create_api
from deskstream_cli.catcher.journal import Journal
from deskstream_cli.catcher.mail import MailHandler
from deskstream_cli.catcher.records import CaughtMail, CaughtWebhook
from deskstream_cli.catcher.settings import CatcherSettings
from deskstream_cli.catcher.webhooks import WebhookSecret
from deskstream_runtime.http.api_keys import ApiKeys


def open_caught(settings: CatcherSettings) -> Caught:
    """Return what was caught so far, and where more is kept."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    return Caught(
        mails=Journal(settings.folder / "mails.jsonl", CaughtMail, settings.listed_max),
        webhooks=Journal(
            settings.folder / "webhooks.jsonl",
            CaughtWebhook,
            settings.listed_max,
            key=lambda webhook: webhook.webhook_id,
        ),
        secret=WebhookSecret(settings.webhook_secret_file),
        access=Access(
            ApiKeys(settings.api_keys_file), settings.token.get_secret_value(), settings.http_port
        ),
        webhook_size_max_bytes=settings.webhook_size_max_bytes,
    )


async def serve(settings: CatcherSettings) -> None:
    """Take mails and webhooks until a signal ends the process."""
    caught = open_caught(settings)
    handler = MailHandler(caught.mails)
    smtp = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, data_size_limit=settings.mail_size_max_bytes, enable_SMTPUTF8=True),
        settings.host,
        settings.smtp_port,
    )
    http = uvicorn.Server(
        uvicorn.Config(
            create_api(caught),
            host=settings.host,
            port=settings.http_port,
            log_level="info",
            # Its lines would hold the token of the link.
            access_log=False,
            timeout_graceful_shutdown=5,
        )
    )
    async with smtp:
        await http.serve()

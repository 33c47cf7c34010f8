"""The readable page of the catcher."""

from html import escape

from deskstream_cli.catcher.journal import Journal
from deskstream_cli.catcher.records import CaughtMail, CaughtWebhook
from deskstream_contracts.shown import shown_line, shown_text

SHOWN_ON_PAGE = 50
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid #ccc; border-radius: 6px; padding: .6rem 1rem; margin: .6rem 0 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0 }
small { color: #666 }
"""


def render(mails: Journal[CaughtMail], webhooks: Journal[CaughtWebhook]) -> str:
    """Return the page with the newest mails and webhooks, and how many came in all."""
    shown_mails = "".join(map(_mail, mails.newest_first()[:SHOWN_ON_PAGE]))
    shown_webhooks = "".join(map(_webhook, webhooks.newest_first()[:SHOWN_ON_PAGE]))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Deskstream catcher</title>'
        f"<style>{_STYLE}</style><h1>What Deskstream sent</h1>"
        f"<h2>Mails ({mails.total})</h2>{shown_mails or '<p>None yet.</p>'}"
        f"<h2>Webhooks ({webhooks.total})</h2>{shown_webhooks or '<p>None yet.</p>'}"
        "</html>"
    )


def _mail(mail: CaughtMail) -> str:
    recipients = escape(shown_line(", ".join(mail.recipients)))
    return (
        f"<article><strong>{escape(shown_line(mail.subject))}</strong><br>"
        f"<small>{mail.received_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"{escape(shown_line(mail.sender))} to {recipients}</small>"
        f"<pre>{escape(shown_text(mail.text))}</pre></article>"
    )


def _webhook(webhook: CaughtWebhook) -> str:
    return (
        f"<article><strong>{escape(shown_line(webhook.webhook_id))}</strong><br>"
        f"<small>{webhook.received_at:%Y-%m-%d %H:%M:%S} UTC</small>"
        f"<pre>{escape(shown_text(webhook.body))}</pre></article>"
    )

"""The readable page of the catcher."""

from collections.abc import Sequence
from html import escape

from deskstream_cli.catcher.records import CaughtMail, CaughtWebhook
from deskstream_contracts.shown import shown_line, shown_text

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid #ccc; border-radius: 6px; padding: .6rem 1rem; margin: .6rem 0 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0 }
small { color: #666 }
"""


def render(
    mails: Sequence[CaughtMail], mail_total: int, webhooks: Sequence[CaughtWebhook], total: int
) -> str:
    """Return the page with the given mails and webhooks, newest first, and how many came in all."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Deskstream catcher</title>'
        f"<style>{_STYLE}</style><h1>What Deskstream sent</h1>"
        f"<h2>Mails ({mail_total})</h2>{''.join(map(_mail, mails)) or '<p>None yet.</p>'}"
        f"<h2>Webhooks ({total})</h2>{''.join(map(_webhook, webhooks)) or '<p>None yet.</p>'}"
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

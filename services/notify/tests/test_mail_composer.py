"""Mails to the byte."""

from email.headerregistry import Address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from notify_events import example
from notify_wire import read_wire
from pydantic import AnyHttpUrl

from deskstream_contracts import Cause
from deskstream_notify.adapters.mail import Mail
from deskstream_notify.adapters.mail_composer import MailComposer
from deskstream_notify.domain.alert import alert_about
from deskstream_notify.domain.message import AlertMail, ReplyMail, TicketWords

GOLDEN = Path(__file__).parent / "golden"
ID = UUID("019a2b3c-4d5e-7000-8000-00000000000b")


@pytest.fixture
def composer() -> MailComposer:
    return MailComposer(Address("Shop Support", addr_spec="help@shop.example"))


def reply(**fields: Any) -> ReplyMail:
    event = example("reply.approved")
    values = {
        "cause": Cause.of(event),
        "planned_at": event.time,
        "to": "maya@example.com",
        "subject": event.data.subject,
        "body": event.data.body,
        "message_id": event.data.message_id,
        "language": "en",
    }
    return ReplyMail(**(values | fields))


def alert(event_type: str) -> AlertMail:
    event = example(event_type)
    about = alert_about(event)
    assert about is not None
    return AlertMail(
        cause=Cause.of(event),
        planned_at=event.time,
        to="duty@shop.example",
        kind=about.kind,
        headline=about.headline,
        facts=about.facts,
        why=about.why,
        priority=about.priority,
    )


def is_golden(name: str, mail: Mail) -> None:
    path = GOLDEN / f"{name}.eml"
    assert mail.as_bytes().replace(b"\r\n", b"\n") == path.read_bytes()


def test_an_alert_links_to_the_ticket_and_quotes_the_customer() -> None:
    url = AnyHttpUrl("https://desk.shop.example/help/")
    composer = MailComposer(Address("Shop Support", addr_spec="help@shop.example"), url)
    about = TicketWords(subject="My <card>\r\nBcc: x", message="stolen!\x1b[2J\n=?utf-8?q?x?=")
    message = alert("escalated").model_copy(update={"about": about, "also": (alert("sla.warned"),)})
    mail = read_wire(composer.alert(ID, message).as_bytes())
    link = f"https://desk.shop.example/help/tickets/{message.cause.subject}"
    assert link in mail.text
    assert "> stolen!␛[2J\n> =?utf-8?q?x?=" in mail.text
    assert "My <card> Bcc: x" in mail.text
    assert mail.header("Subject").endswith(" - My <card> Bcc: x")
    assert "; " in mail.header("Subject")
    assert alert("sla.warned").headline in mail.text
    assert f'href="{link}"' in mail.html
    assert "<card>" not in mail.html


def test_a_reply_by_a_person(composer: MailComposer) -> None:
    message = reply(in_reply_to="<CAF1@mail.example>")
    is_golden("reply", composer.reply(ID, message))


def test_an_automatic_reply(composer: MailComposer) -> None:
    message = reply(
        automatic=True,
        language=None,
        subject="Wo ist meine Bestellung? Größe L & <b>",
        body="Grüße aus Köln,\n\n<script>alert('x')</script> & more\n.\nEnd",
    )
    is_golden("reply_automatic", composer.reply(ID, message))


@pytest.mark.parametrize("event_type", ["escalated", "sla.warned", "sla.breached"])
def test_an_alert(composer: MailComposer, event_type: str) -> None:
    is_golden(f"alert_{event_type}", composer.alert(ID, alert(event_type)))


def test_the_same_message_is_the_same_bytes(composer: MailComposer) -> None:
    assert composer.reply(ID, reply()).as_bytes() == composer.reply(ID, reply()).as_bytes()


def test_text_and_html_say_the_same_and_html_runs_nothing(composer: MailComposer) -> None:
    body = "<script>alert(1)</script>\nü"
    mail = composer.reply(ID, reply(body=body))
    wire = read_wire(mail.as_bytes())
    assert wire.text.startswith(body)
    assert "<script>" not in wire.html
    assert "&lt;script&gt;" in wire.html


def test_direction_and_cursor_controls_are_shown_harmlessly(composer: MailComposer) -> None:
    hostile = "a\u202eb\x1b[31m\x85c"
    for wire in (
        read_wire(composer.reply(ID, reply(body=hostile)).as_bytes()),
        read_wire(
            composer.alert(
                ID, alert("escalated").model_copy(update={"headline": hostile})
            ).as_bytes()
        ),
    ):
        assert not set("\u202e\x1b\x85") & set(wire.text + wire.html)
        assert "ab␛[31m" in wire.text
        assert "ab␛[31m" in wire.html


@pytest.mark.parametrize(
    ("to", "written"),
    [("maya@bücher.example", "maya@xn--bcher-kva.example"), ("用户@例子.公司", "用户@例子.公司")],
)
def test_a_reader_is_addressed_in_ascii_if_possible_else_in_utf8(
    composer: MailComposer, to: str, written: str
) -> None:
    mail = composer.reply(ID, reply(to=to))
    assert mail.recipient == read_wire(mail.as_bytes()).header("To") == written
    assert mail.international == (not written.isascii())


def test_a_template_in_a_body_is_text(composer: MailComposer) -> None:
    mail = composer.reply(ID, reply(body="{{ 7 * 7 }} {% raw %}"))
    assert "{{ 7 * 7 }} {% raw %}" in read_wire(mail.as_bytes()).text

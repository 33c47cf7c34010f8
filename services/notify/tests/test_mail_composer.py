"""Mails to the byte."""

from email.headerregistry import Address
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest
from notify_events import example

from deskstream_notify.adapters.mail_composer import MailComposer
from deskstream_notify.domain.alert import alert_about
from deskstream_notify.domain.message import AlertMail, Cause, ReplyMail

GOLDEN = Path(__file__).parent / "golden"
ID = UUID("019a2b3c-4d5e-7000-8000-00000000000b")


@pytest.fixture
def composer():
    return MailComposer(Address("Shop Support", addr_spec="help@shop.example"))


def reply(**fields):
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


def alert(event_type):
    event = example(event_type)
    words = alert_about(event)
    return AlertMail(
        cause=Cause.of(event),
        planned_at=event.time,
        to="duty@shop.example",
        kind=words.kind,
        headline=words.headline,
        facts=words.facts,
    )


def is_golden(name, mail):
    path = GOLDEN / f"{name}.eml"
    assert mail.as_bytes().replace(b"\r\n", b"\n") == path.read_bytes()


def test_a_reply_by_a_person(composer):
    message = reply(in_reply_to="<CAF1@mail.example>")
    is_golden("reply", composer.reply(ID, message))


def test_an_automatic_reply(composer):
    message = reply(
        automatic=True,
        language=None,
        subject="Wo ist meine Bestellung? Größe L & <b>",
        body="Grüße aus Köln,\n\n<script>alert('x')</script> & more\n.\nEnd",
    )
    is_golden("reply_automatic", composer.reply(ID, message))


@pytest.mark.parametrize("event_type", ["escalated", "sla.warned", "sla.breached"])
def test_an_alert(composer, event_type):
    is_golden(f"alert_{event_type}", composer.alert(ID, alert(event_type)))


def test_the_same_message_is_the_same_bytes(composer):
    assert composer.reply(ID, reply()).as_bytes() == composer.reply(ID, reply()).as_bytes()


def test_text_and_html_say_the_same_and_html_runs_nothing(composer):
    body = "<script>alert(1)</script>\nü"
    mail = composer.reply(ID, reply(body=body))
    parsed = BytesParser(policy=default).parsebytes(mail.as_bytes())
    assert body in parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")
    html = parsed.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_line_break_in_a_subject_starts_no_header(composer):
    mail = composer.reply(ID, reply(subject="Hello\r\nBcc: all@example.com"))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Re: Hello Bcc: all@example.com"


def test_a_template_in_a_body_is_text(composer):
    mail = composer.reply(ID, reply(body="{{ 7 * 7 }} {% raw %}"))
    assert "{{ 7 * 7 }} {% raw %}" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("made_up", ["<a@b> <c@d>", "no brackets", "<a@b>\r\nBcc: x@y.example", ""])
def test_only_a_message_id_is_answered(composer, made_up):
    mail = composer.reply(ID, reply(in_reply_to=made_up))
    ticket = example("reply.approved").subject
    assert mail["In-Reply-To"] == f"<ticket-{ticket}@shop.example>"
    assert mail["Bcc"] is None

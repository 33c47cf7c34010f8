"""Whatever text comes in, a mail has our headers and our text, and nothing else: to the byte."""

import re
from email.headerregistry import Address
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from notify_events import example as event_example
from notify_wire import Wire, read_wire

from deskstream_contracts import Cause
from deskstream_contracts.shown import shown_line, shown_text
from deskstream_notify.adapters.mail import UnwritableMail
from deskstream_notify.adapters.mail_composer import MailComposer
from deskstream_notify.domain.message import AlertLine, AlertMail, ReplyMail

ID = UUID("019a2b3c-4d5e-7000-8000-00000000000b")
REPLY_HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]
ALERT_HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Id",
    "MIME-Version",
    "Content-Type",
]
LINE_ENDS = ["\r", "\n", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
INJECTIONS = [
    *(f"Hello{end}Bcc: all@evil.example{end}{end}Pay here" for end in LINE_ENDS),
    "=?utf-8?q?Hello=0D=0A=0D=0APay_here:_https://evil.example?=",
    "=?UTF-8?Q?Hello=0D=0ABcc:_all@evil.example?=",
    "=?utf-8?b?SGVsbG8NCkJjYzogYWxsQGV2aWwuZXhhbXBsZQ==?=",
    "=?Utf-8?B?SGVsbG8KCkhp?=",
    "=?iso-8859-1?q?Hello=0ABcc=3A?= all@evil.example",
    "=?utf-8*en?q?Hello=0D=0ABcc:_x?=",
    "=?utf-8?q?Hello=0D?= =?utf-8?q?=0ABcc:_all@evil.example?=",
    "=?utf-8?q?Hello=0D?=\r\n =?utf-8?q?=0ABcc:_all@evil.example?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=0D=0ABcc:_y=3F=3D?=",
    "=?utf-8?q?=?utf-8?q?x=0D=0ABcc:_y?=?=",
    "=?utf-8?q?x=E2=80=A8Bcc:_y?=",
    "=?utf-8?q?x=00=0B=C2=85Bcc:_y?=",
    "=?\x00utf-8?q?x=0D=0A?=",
    "=\u202e?utf-8?q?x=0D=0ABcc:_y?=",
    "a\x00b\ud800c\udfffd",
    "Grüße " * 30,
    "x" * 500,
    "ü" * 500,
    f"{'x' * 90} {'y' * 90}",
    "a,b;c " * 40,
    " \t \r\n \t ",
    "",
]
ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=300)
PIECES = st.sampled_from(
    [
        "=?utf-8?q?",
        "=?UTF-8?B?",
        "?=",
        "=0D=0A",
        "DQo=",
        "Bcc: x@y.example",
        "\u202e",
        " ",
        *LINE_ENDS,
    ]
)
HOSTILE_TEXT = st.lists(PIECES | ANY_TEXT, max_size=12).map("".join)

each_injection = pytest.mark.parametrize("hostile", INJECTIONS, ids=ascii)


@cache
def composer() -> MailComposer:
    return MailComposer(Address("Shop Support", addr_spec="help@shop.example"))


def reply(**fields: Any) -> Wire:
    event = event_example("reply.approved")
    values: dict[str, Any] = {
        "cause": Cause.of(event),
        "planned_at": event.time,
        "to": "maya@example.com",
        "subject": "Hello",
        "body": "Our answer.",
        "message_id": event.data.message_id,
        "language": "en",
    }
    return read_wire(composer().reply(ID, ReplyMail(**(values | fields))).as_bytes())


def alert(**fields: Any) -> Wire:
    event = event_example("escalated")
    values: dict[str, Any] = {
        "cause": Cause.of(event),
        "planned_at": event.time,
        "to": "duty@shop.example",
        "kind": "escalated",
        "headline": "Ticket escalated to level 1",
        "facts": (),
    }
    return read_wire(composer().alert(ID, AlertMail(**(values | fields))).as_bytes())


@each_injection
def test_a_subject_is_shown_as_it_is_and_is_nothing_but_the_subject(hostile: str) -> None:
    mail = reply(subject=hostile)
    assert mail.names == REPLY_HEADERS
    assert mail.header("Subject") == f"Re: {shown_line(hostile)}"[:200].strip()
    assert mail.text.startswith("Our answer.")


@given(HOSTILE_TEXT)
@example("=?utf-8?q?x=0D=0ABcc:_y?=")
@example("\xa0")
def test_any_subject_is_shown_as_it_is(text: str) -> None:
    """Save for blanks at its ends, which a header does not keep; a no-break space is kept."""
    mail = reply(subject=text)
    assert mail.names == REPLY_HEADERS
    subject = mail.header("Subject")
    shown = shown_line(text)
    assert subject in (f"Re: {shown}"[:200].strip(" "), shown[:200].strip(" "))
    assert mail.text == "Our answer.\n"


@given(HOSTILE_TEXT)
def test_any_text_is_the_mails_text(text: str) -> None:
    mail = reply(body=text)
    assert mail.names == REPLY_HEADERS
    assert mail.header("Subject") == "Re: Hello"
    assert mail.text.startswith(shown_text(text))


@each_injection
def test_an_alerts_words_are_words(hostile: str) -> None:
    fact = AlertLine(name="Assignee", value=hostile)
    mail = alert(headline=hostile, facts=(fact,))
    assert mail.names == ALERT_HEADERS
    words = shown_line(hostile)
    if len(words) > 130:
        words = f"{words[:129].rstrip()}…"
    assert mail.header("Subject") == shown_line(f"{words} - ticket 00000001")
    assert mail.header("List-Id") == "Deskstream alerts <alerts.shop.example>"


@given(HOSTILE_TEXT)
def test_any_alert_has_our_headers_alone(text: str) -> None:
    mail = alert(headline=text, facts=(AlertLine(name=text, value=text),))
    assert mail.names == ALERT_HEADERS


@given(HOSTILE_TEXT)
@example("<a@b.example>\n")
@example("<a@b.example> <c@d.example>")
@example("<=?utf-8?q?x=0D=0ABcc=3A_y?=@b.example>")
@example("<a@b.example>\r\n Bcc: x")
@example("<a\x00@b.example>")
@example("<ü@b.example>")
def test_only_a_message_id_is_answered(text: str) -> None:
    mail = reply(in_reply_to=text)
    ticket = f"<ticket-{event_example('reply.approved').subject}@shop.example>"
    assert mail.names == REPLY_HEADERS
    assert (mail.header("In-Reply-To"), mail.header("References")) == (ticket, ticket)


@pytest.mark.parametrize(
    "known",
    [
        "<CAF1+x=y_z@mail.example>",
        "<0100018c.a..b-$!@[192.0.2.1]>",
        f"<{'x' * 180}@mail.example>",
    ],
)
def test_a_message_id_is_answered(known: str | None) -> None:
    mail = reply(in_reply_to=known)
    assert mail.header("In-Reply-To") == known
    assert mail.header("References").split()[1] == known


@pytest.mark.parametrize(
    "to",
    [
        "maya@example.com\r\nBcc: all@evil.example",
        "maya@example.com\n",
        "maya@example.com, all@evil.example",
        "maya\x0b@example.com",
        "maya\x85@example.com",
        "maya\u2028@example.com",
        "maya\u202e@example.com",
        "maya\x00@example.com",
        "maya\ud800@example.com",
        "=?utf-8?q?x=0D=0ABcc=3A_y?=@example.com",
        "maya@=?utf-8?q?x?=.example.com",
        '"maya\r\nBcc: x"@example.com',
        "Maya <maya@example.com>",
        "group: maya@example.com;",
        "maya",
        "",
    ],
    ids=ascii,
)
def test_a_mail_to_an_invalid_address_is_not_written(to: str) -> None:
    with pytest.raises(UnwritableMail) as refused:
        reply(to=to)
    assert refused.value.reason == "invalid_address"


@given(HOSTILE_TEXT)
def test_any_address_is_refused_or_written_alone(text: str) -> None:
    try:
        mail = reply(to=f"{text}@example.com")
    except UnwritableMail:
        return
    assert mail.names == REPLY_HEADERS
    assert mail.header("To").count("@") == 1


@given(HOSTILE_TEXT)
@example("en\n")
@example("en\r\nBcc: x")
@example("=?utf-8?q?en=0D=0ABcc=3A_x?=")
def test_an_invalid_language_is_left_out(text: str) -> None:
    assume(not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", text))
    mail = reply(language=text)
    assert mail.names == [name for name in REPLY_HEADERS if name != "Content-Language"]


@given(HOSTILE_TEXT)
def test_any_sender_has_a_name_of_his_own(name: str) -> None:
    sender = MailComposer(Address(shown_line(name), addr_spec="help@shop.example"))
    event = event_example("escalated")
    message = AlertMail(
        cause=Cause.of(event),
        planned_at=event.time,
        to="duty@shop.example",
        kind="escalated",
        headline="x",
        facts=(),
    )
    mail = read_wire(sender.alert(ID, message).as_bytes())
    assert mail.names == ALERT_HEADERS
    assert mail.header("From").endswith(
        "help@shop.example>" if shown_line(name) else "help@shop.example"
    )

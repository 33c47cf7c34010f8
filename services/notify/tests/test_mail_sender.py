"""Mails over SMTP, to a server that misbehaves."""

from datetime import UTC, datetime
from email.headerregistry import Address
from uuid import uuid4

import pytest

from deskstream_notify.adapters.mail_composer import MailComposer
from deskstream_notify.adapters.mail_sender import MailSender
from deskstream_notify.domain.message import Cause, ReplyMail
from deskstream_notify.domain.outcome import Accepted, Refused


def reply(to="maya@example.com"):
    cause = Cause(event_id=uuid4(), subject=uuid4(), correlation_id=uuid4())
    return ReplyMail(
        cause=cause,
        planned_at=datetime(2026, 3, 2, tzinfo=UTC),
        to=to,
        subject="Hello",
        body="Hello\n.\nMaya",
        message_id=uuid4(),
    )


@pytest.fixture
def composer():
    return MailComposer(Address("Shop Support", addr_spec="help@shop.example"))


@pytest.fixture
def sender(smtp_settings, composer):
    return MailSender(smtp_settings, composer.reply)


async def test_a_mail_arrives_as_written(sender, mail_server):
    notification_id = uuid4()
    outcome = await sender.send(notification_id, reply())
    assert outcome == Accepted(f"{notification_id}@shop.example")
    (mail,) = mail_server.mails()
    assert mail["To"] == "maya@example.com"
    assert mail.get_body(("plain",)).get_content().split() == ["Hello", ".", "Maya"]


async def test_an_address_with_umlauts_is_sent_to(sender, mail_server):
    assert isinstance(await sender.send(uuid4(), reply("jürgen@example.com")), Accepted)


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        ("busy", Refused("rejected", detail="451 4.3.0 try later")),
        ("refuse", Refused("rejected", final=True, detail="554 5.7.1 spam")),
        (
            "no_mailbox",
            Refused(
                "mailbox_refused",
                final=True,
                detail="550 5.1.1 maya@example.com: no such mailbox",
            ),
        ),
        ("drop", Refused("interrupted", ambiguous=True)),
        ("accept_then_drop", Refused("interrupted", ambiguous=True)),
        ("hang", Refused("timeout", ambiguous=True)),
    ],
)
async def test_what_goes_wrong_is_an_outcome(sender, mail_server, manner, expected):
    mail_server.manners.append(manner)
    assert await sender.send(uuid4(), reply()) == expected


async def test_a_server_that_is_away_is_unreachable(smtp_settings, composer, unused_port):
    away = smtp_settings.model_copy(update={"port": unused_port})
    outcome = await MailSender(away, composer.reply).send(uuid4(), reply())
    assert outcome == Refused("unreachable", detail="SMTPConnectError")


async def test_a_server_without_starttls_gets_no_mail_where_it_is_demanded(
    smtp_settings, composer, mail_server
):
    demanding = smtp_settings.model_copy(update={"security": "starttls"})
    outcome = await MailSender(demanding, composer.reply).send(uuid4(), reply())
    assert isinstance(outcome, Refused)
    assert outcome.reason == "unreachable"
    assert not mail_server.accepted


async def test_a_mail_sent_twice_is_delivered_once(sender, mail_server):
    notification_id, message = uuid4(), reply()
    mail_server.manners.append("accept_then_drop")
    await sender.send(notification_id, message)
    await sender.send(notification_id, message)
    (copies,) = mail_server.accepted.values()
    assert len(copies) == 2
    assert copies[0] == copies[1]

"""Mails over SMTP, to a server that misbehaves."""

from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from uuid import UUID, uuid4

import pytest
from notify_fakes import FakeMailServer, MailManner, fake_mail_server, text_of
from notify_wire import read_wire

from deskstream_contracts import Cause
from deskstream_notify.adapters.mail import Mail, UnwritableMail
from deskstream_notify.adapters.mail_composer import MailComposer
from deskstream_notify.adapters.mail_sender import MailSender
from deskstream_notify.domain.message import ReplyMail
from deskstream_notify.domain.send_result import SendFailed, Sent
from deskstream_notify.settings import SmtpSettings


def reply(to: str = "maya@example.com") -> ReplyMail:
    cause = Cause(id=uuid4(), subject=uuid4(), correlation_id=uuid4())
    return ReplyMail(
        cause=cause,
        planned_at=datetime(2026, 3, 2, tzinfo=UTC),
        to=to,
        subject="Hello",
        body="Hello\n.\nMaya",
        message_id=uuid4(),
    )


@pytest.fixture
def composer() -> MailComposer:
    return MailComposer(Address("Shop Support", addr_spec="help@shop.example"))


@pytest.fixture
def sender(smtp_settings: SmtpSettings, composer: MailComposer) -> MailSender[ReplyMail]:
    return MailSender(smtp_settings, composer.reply)


async def test_a_mail_arrives_as_written(
    sender: MailSender[ReplyMail], mail_server: FakeMailServer
) -> None:
    notification_id = uuid4()
    outcome = await sender.send(notification_id, reply())
    assert outcome == Sent(f"{notification_id}@shop.example")
    (mail,) = mail_server.mails()
    assert mail["To"] == "maya@example.com"
    assert text_of(mail).split() == ["Hello", ".", "Maya"]


@pytest.mark.parametrize("to", ["jürgen@example.com", "用户@例子.公司", "ю@пример.рф"])
async def test_an_address_outside_ascii_is_sent_to(
    sender: MailSender[ReplyMail], mail_server: FakeMailServer, to: str
) -> None:
    assert isinstance(await sender.send(uuid4(), reply(to)), Sent)
    ((content,),) = mail_server.accepted.values()
    assert read_wire(content).header("To") == to
    (envelope,) = mail_server.envelopes
    assert envelope.rcpt_tos == [to]
    assert envelope.smtp_utf8


async def test_without_smtputf8_a_domain_outside_ascii_is_sent_to_in_ascii(
    smtp_settings: SmtpSettings, composer: MailComposer
) -> None:
    async with fake_mail_server(smtputf8=False) as server:
        settings = smtp_settings.model_copy(update={"port": server.port})
        outcome = await MailSender(settings, composer.reply).send(
            uuid4(), reply("maya@bücher.example")
        )
        assert isinstance(outcome, Sent)
        (envelope,) = server.envelopes
        assert envelope.rcpt_tos == ["maya@xn--bcher-kva.example"]


async def test_without_smtputf8_other_addresses_outside_ascii_are_final(
    smtp_settings: SmtpSettings, composer: MailComposer
) -> None:
    async with fake_mail_server(smtputf8=False) as server:
        settings = smtp_settings.model_copy(update={"port": server.port})
        outcome = await MailSender(settings, composer.reply).send(
            uuid4(), reply("jürgen@example.com")
        )
        assert isinstance(outcome, SendFailed)
        assert (outcome.reason, outcome.final) == ("not_supported", True)
        assert "SMTPUTF8" in (outcome.detail or "")
        assert not server.accepted


async def test_a_header_with_a_line_break_is_never_sent(
    smtp_settings: SmtpSettings, composer: MailComposer, mail_server: FakeMailServer
) -> None:
    def compose(notification_id: UUID, message: ReplyMail) -> Mail:
        mail = composer.reply(notification_id, message)
        return replace(mail, headers=(*mail.headers, ("X-Made-Up", "a\r\nBcc: all@evil.example")))

    outcome = await MailSender(smtp_settings, compose).send(uuid4(), reply())
    assert isinstance(outcome, SendFailed)
    assert (outcome.reason, outcome.final) == ("invalid_header", True)
    assert outcome.detail == (
        "The header 'X-Made-Up' holds a line break or control character, or is too long."
    )
    assert not mail_server.accepted


async def test_a_mail_to_an_invalid_address_fails_for_good(
    sender: MailSender[ReplyMail], mail_server: FakeMailServer
) -> None:
    outcome = await sender.send(uuid4(), reply("maya@example.com\r\nBcc: all@evil.example"))
    assert isinstance(outcome, SendFailed)
    assert (outcome.reason, outcome.final) == ("invalid_address", True)
    assert not mail_server.accepted


@pytest.mark.parametrize(
    "value",
    [
        "a\nb", "a\rb", "a\r\nb", "a\r\n b\r\n", "a\r\n \r\n b", "a\n b", "\r\n",
        "a\x00", "a\x0bb", "a\x0cb", "a\x85b", "a\u2028b", "a\ud800b", "x" * 999,
    ],
    ids=ascii,
)  # fmt: skip
def test_no_header_but_one_line_or_its_folds_is_written(value: str) -> None:
    mail = Mail("a@b.example", "c@d.example", "<1@b.example>", (("Subject", value),), b"\r\n")
    with pytest.raises(UnwritableMail):
        mail.as_bytes()


@pytest.mark.parametrize("value", ["a", "a b", "", "a\r\n b\r\n\t c", "ü"])
def test_one_line_and_its_folds_are_written(value: str) -> None:
    mail = Mail("a@b.example", "c@d.example", "<1@b.example>", (("Subject", value),), b"\r\n")
    assert mail.as_bytes() == f"Subject: {value}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        ("busy", SendFailed("rejected", detail="The mail server answered 451 4.3.0.")),
        (
            "refuse",
            SendFailed("rejected", final=True, detail="The mail server answered 554 5.7.1."),
        ),
        (
            "no_mailbox",
            SendFailed(
                "mailbox_refused",
                final=True,
                detail="The mail server answered 550 5.1.1.",
            ),
        ),
        ("drop", SendFailed("interrupted", ambiguous=True)),
        ("accept_then_drop", SendFailed("interrupted", ambiguous=True)),
        ("hang", SendFailed("timeout", ambiguous=True)),
    ],
)
async def test_a_failure_is_a_result(
    sender: MailSender[ReplyMail],
    mail_server: FakeMailServer,
    manner: MailManner,
    expected: SendFailed,
) -> None:
    mail_server.manners.append(manner)
    assert await sender.send(uuid4(), reply()) == expected


async def test_a_server_that_is_away_is_unreachable(
    smtp_settings: SmtpSettings, composer: MailComposer, unused_port: int
) -> None:
    away = smtp_settings.model_copy(update={"port": unused_port})
    outcome = await MailSender(away, composer.reply).send(uuid4(), reply())
    assert outcome == SendFailed("unreachable")


async def test_a_server_without_starttls_gets_no_mail_where_it_is_demanded(
    smtp_settings: SmtpSettings, composer: MailComposer, mail_server: FakeMailServer
) -> None:
    demanding = smtp_settings.model_copy(update={"security": "starttls"})
    outcome = await MailSender(demanding, composer.reply).send(uuid4(), reply())
    assert isinstance(outcome, SendFailed)
    assert outcome.reason == "unreachable"
    assert not mail_server.accepted


async def test_a_mail_sent_twice_is_delivered_once(
    sender: MailSender[ReplyMail], mail_server: FakeMailServer
) -> None:
    notification_id, message = uuid4(), reply()
    mail_server.manners.append("accept_then_drop")
    await sender.send(notification_id, message)
    await sender.send(notification_id, message)
    (copies,) = mail_server.accepted.values()
    assert len(copies) == 2
    assert copies[0] == copies[1]

"""Settings that could not work are refused at the start."""

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from deskstream_notify.settings import SmtpSettings, WebhookSettings


def test_the_sender_has_a_name_and_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SMTP_HOST", "mail.example")
    monkeypatch.setenv("DESK_SMTP_FROM", "Shop Support <help@shop.example>")
    sender = SmtpSettings().sender_address
    assert (sender.display_name, sender.addr_spec) == ("Shop Support", "help@shop.example")


@pytest.mark.parametrize(
    "sender",
    ["Shop Support", "help@", "help@bücher.example", "hälp@shop.example", "help@shop..example"],
)
def test_a_sender_without_an_address_that_every_server_takes_is_refused(sender: str) -> None:
    with pytest.raises(ValidationError, match="no address"):
        SmtpSettings(host="mail.example", sender=sender)


def test_keys_come_as_a_json_list_and_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("DESK_WEBHOOK_SECRET_KEYS", f'["{key}"]')
    settings = WebhookSettings()
    assert settings.secret_keys[0].get_secret_value() == key
    assert key not in repr(settings)


@pytest.mark.parametrize("keys", ["[]", '["too short"]'])
def test_no_key_or_a_bad_key_is_refused(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("DESK_WEBHOOK_SECRET_KEYS", keys)
    with pytest.raises(ValidationError):
        WebhookSettings()

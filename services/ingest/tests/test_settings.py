"""Ingest's own settings."""

import pytest
from pydantic import ValidationError

from deskstream_ingest.settings import Settings

NEEDED = {
    "DESK_POSTGRES_DSN": "postgresql://role:password@localhost:5432/ingest",
    "DESK_KAFKA_BOOTSTRAP": "localhost:9092",
    "DESK_VALKEY_URL": "redis://localhost:6379/0",
    "DESK_HTTP_PORT": "0",
    "DESK_API_KEYS_FILE": "keys.json",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def test_addresses_are_read_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PHONE_REGION", "gb")
    monkeypatch.setenv("DESK_EMAIL_SPECIAL_DOMAINS", '["Test"]')
    rules = Settings().address_rules
    assert rules.phone("020 7946 0018") == "+442079460018"
    assert rules.email("a@shop.test") == "a@shop.test"


def test_a_region_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PHONE_REGION", "UK!")
    with pytest.raises(ValidationError, match="two letters like GB"):
        Settings()

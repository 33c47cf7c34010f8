"""Wrong settings name their variable and what to do; secrets never show."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest
from faststream.kafka.security import parse_security
from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskstream_runtime.http.api_keys import ApiKeys
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.broker import broker_security
from deskstream_runtime.settings import (
    KafkaSettings,
    PostgresSettings,
    ServiceSettings,
    WrongSettings,
    settings_from_environment,
)

SECRET = "geheim-4711"
RIGHT = {
    "DESK_POSTGRES_DSN": f"postgresql://toy:{SECRET}@127.0.0.1:5432/toy",
    "DESK_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "DESK_VALKEY_URL": f"redis://:{SECRET}@127.0.0.1:6379/0",
    "DESK_HTTP_PORT": "8101",
    "DESK_API_KEYS_FILE": "api-keys.json",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def set_all(**changes: str | None) -> None:
        for name, value in (RIGHT | changes).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return set_all


def test_right_settings_are_read(environment: Callable[..., None]) -> None:
    environment(DESK_KAFKA_BATCH_RECORDS_MAX="200")
    settings = settings_from_environment(ServiceSettings)
    assert settings.kafka.batch_records_max == 200
    assert settings.postgres.dsn.get_secret_value() == RIGHT["DESK_POSTGRES_DSN"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DESK_HTTP_PORT", "99999", "less than or equal to 65535"),
        ("DESK_HTTP_PORT", None, "Field required"),
        ("DESK_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("DESK_DEAD_LETTER_RATIO_MAX", "2", "less than or equal to 1"),
        ("DESK_VALKEY_URL", f"http://:{SECRET}@x", "redis://:password@host:6379/0"),
        ("DESK_POSTGRES_DSN", f"mysql://toy:{SECRET}@x", "postgresql://role:password@host"),
        ("DESK_POSTGRES_DSN", None, "Field required"),
        ("DESK_POSTGRES_CONNECTIONS_MAX", "1", "greater than or equal to 2"),
        ("DESK_KAFKA_BOOTSTRAP", None, "Field required"),
        ("DESK_KAFKA_BATCH_RECORDS_MAX", "many", "valid integer"),
    ],
)
def test_a_wrong_one_is_named(
    environment: Callable[..., None], name: str, value: str | None, says: str
) -> None:
    environment(**{name: value})
    with pytest.raises(WrongSettings) as caught:
        settings_from_environment(ServiceSettings)
    assert f"{name}: " in str(caught.value)
    assert says in str(caught.value)
    assert SECRET not in str(caught.value)


def test_all_that_are_wrong_are_named_at_once(environment: Callable[..., None]) -> None:
    wrong = {
        "DESK_POSTGRES_DSN": None,
        "DESK_POSTGRES_CONNECTIONS_MAX": "none",
        "DESK_KAFKA_BOOTSTRAP": None,
        "DESK_VALKEY_URL": None,
        "DESK_HTTP_PORT": "99999",
    }
    environment(**wrong)
    with pytest.raises(WrongSettings) as caught:
        settings_from_environment(ServiceSettings)
    named = [line.partition(": ")[0] for line in str(caught.value).splitlines()[1:]]
    assert sorted(named) == sorted(wrong)


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({"PROTOCOL": "SASL"}, "PROTOCOL", "'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'"),
        ({"PROTOCOL": "SASL_SSL", "PASSWORD": "x"}, "USERNAME", "the protocol SASL_SSL needs one"),
        ({"PROTOCOL": "SASL_SSL", "USERNAME": "x"}, "PASSWORD", "the protocol SASL_SSL needs one"),
        ({"MECHANISM": "GSSAPI"}, "MECHANISM", "'SCRAM-SHA-256' or 'SCRAM-SHA-512'"),
        ({"CA_FILE": "/nowhere/ca.pem"}, "CA_FILE", "/nowhere/ca.pem holds no certificates (No"),
        ({"CA_FILE": __file__}, "CA_FILE", "holds no certificates"),
    ],
)
def test_a_wrong_way_into_kafka_is_named(
    environment: Callable[..., None], changes: dict[str, str | None], name: str, says: str
) -> None:
    environment(**{f"DESK_KAFKA_SECURITY_{key}": value for key, value in changes.items()})
    with pytest.raises(WrongSettings) as caught:
        settings_from_environment(ServiceSettings)
    assert f"DESK_KAFKA_SECURITY_{name}: " in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_all_clients_go_the_same_way_into_kafka(
    environment: Callable[..., None], protocol: str, mechanism: str
) -> None:
    environment(
        DESK_KAFKA_SECURITY_PROTOCOL=protocol,
        DESK_KAFKA_SECURITY_MECHANISM=mechanism,
        DESK_KAFKA_SECURITY_USERNAME="toy",
        DESK_KAFKA_SECURITY_PASSWORD=SECRET,
    )
    security = settings_from_environment(ServiceSettings).kafka.security
    options = KafkaAccess("127.0.0.1:9092", security).client_options()
    of_reader = parse_security(broker_security(security))

    assert options.pop("bootstrap_servers") == "127.0.0.1:9092"
    assert options["security_protocol"] == protocol
    for both in (options, of_reader):
        assert (both.pop("ssl_context") is not None) == protocol.endswith("SSL")
    assert options == of_reader
    assert SECRET not in repr(security)


def test_a_group_can_be_read_alone(environment: Callable[..., None]) -> None:
    environment(DESK_HTTP_PORT=None)
    assert settings_from_environment(KafkaSettings).bootstrap == "127.0.0.1:9092"
    assert SECRET in settings_from_environment(PostgresSettings).dsn.get_secret_value()


def test_secrets_never_print(environment: Callable[..., None]) -> None:
    environment()
    settings = settings_from_environment(ServiceSettings)
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)
    assert SECRET not in settings.model_dump_json()


def test_settings_do_not_change(environment: Callable[..., None]) -> None:
    environment()
    with pytest.raises(ValueError, match="frozen"):
        settings_from_environment(ServiceSettings).http_port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("{", "is wrong at its root"),
        (json.dumps({"keys": [{"id": "x"}]}), "is wrong at keys/0/name: Field required"),
        (
            json.dumps({"keys": [{"id": "x", "name": "x", "sha256": SECRET, "scopes": []}]}),
            "is wrong at keys/0/sha256",
        ),
    ],
)
def test_a_wrong_file_of_keys_is_named(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(WrongSettings) as caught:
        ApiKeys(str(path))
    assert f"DESK_API_KEYS_FILE: {path} {says}" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_rule_about_several_variables_is_told_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class PairSettings(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="DESK_")

        first: str = "a"

        @model_validator(mode="after")
        def _both(self) -> Self:
            raise ValueError("DESK_FIRST is a: set DESK_SECOND too")

    with pytest.raises(WrongSettings) as caught:
        settings_from_environment(PairSettings)
    assert str(caught.value).splitlines()[1:] == ["DESK_FIRST is a: set DESK_SECOND too"]

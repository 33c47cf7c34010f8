"""Settings every service has. Values come from the environment, prefix `DESK_`."""

import ssl
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import (
    AfterValidator,
    Field,
    PostgresDsn,
    RedisDsn,
    SecretStr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskstream_runtime.validation import Fault, faults_of

T = TypeVar("T")
Seconds = Annotated[float, Field(gt=0)]


def _address_of(kind: type[PostgresDsn | RedisDsn], example: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        try:
            TypeAdapter(kind).validate_python(value.get_secret_value())
        except ValidationError:
            # Not raised from it: it quotes the value, and there is a password in it.
            raise ValueError(f"give an address like {example}") from None
        return value

    return AfterValidator(check)


class _FromEnvironment(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="DESK_", frozen=True, extra="ignore", hide_input_in_errors=True
    )


class PostgresSettings(_FromEnvironment):
    """The service's own database. `dsn` names a role that owns this database alone."""

    model_config = SettingsConfigDict(env_prefix="DESK_POSTGRES_")

    dsn: Annotated[
        SecretStr, _address_of(PostgresDsn, "postgresql://role:password@host:5432/database")
    ]
    connections_min: Annotated[int, Field(ge=1)] = 2
    connections_max: Annotated[int, Field(ge=2)] = 12
    connect_timeout_s: Seconds = 3.0
    acquire_timeout_s: Seconds = 3.0
    probe_timeout_s: Seconds = 3.0
    command_timeout_s: Seconds = 10.0
    idle_in_transaction_timeout_s: Seconds = 3.0
    rebuild_lock_timeout_s: Seconds = 30.0


class KafkaSecuritySettings(_FromEnvironment):
    """How brokers know us and we know them, by Kafka's own names.

    `ca_file` holds the authorities (PEM) that sign the brokers' certificates: the system's, if none
    is given.
    """

    model_config = SettingsConfigDict(env_prefix="DESK_KAFKA_SECURITY_")

    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    username: Annotated[str | None, Field(validate_default=True)] = None
    password: Annotated[SecretStr | None, Field(validate_default=True)] = None
    ca_file: str | None = None

    @property
    def asks_for_login(self) -> bool:
        """Whether the brokers want a user name and a password."""
        return self.protocol.startswith("SASL_")

    @property
    def is_encrypted(self) -> bool:
        """Whether the brokers speak TLS."""
        return self.protocol.endswith("SSL")

    @field_validator("username", "password")
    @classmethod
    def _is_there_where_it_is_asked_for(cls, value: T, info: ValidationInfo) -> T:
        protocol = info.data.get("protocol", "")
        if protocol.startswith("SASL_") and not value:
            raise ValueError(f"the protocol {protocol} needs one")
        return value

    @field_validator("ca_file")
    @classmethod
    def _holds_certificates(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ssl.create_default_context(cafile=value)
            except OSError as error:
                raise ValueError(f"{value} holds no certificates ({error.strerror})") from None
        return value


class KafkaSettings(_FromEnvironment):
    """The log. Time-outs are those tried on a real broker (docs/decisions)."""

    model_config = SettingsConfigDict(env_prefix="DESK_KAFKA_")

    bootstrap: str
    security: KafkaSecuritySettings = Field(default_factory=KafkaSecuritySettings)
    batch_records_max: Annotated[int, Field(ge=1, le=5_000)] = 500
    batch_timeout_ms: Annotated[int, Field(ge=1, le=1_000)] = 200
    gather_least_ms: Annotated[int, Field(ge=0, le=1_000)] = 5
    gather_most_ms: Annotated[int, Field(ge=0, le=1_000)] = 50
    session_timeout_ms: Annotated[int, Field(ge=1_000)] = 6_000
    heartbeat_interval_ms: Annotated[int, Field(ge=100)] = 1_000
    request_timeout_ms: Annotated[int, Field(ge=1_000)] = 10_000
    relay_gather_least_ms: Annotated[int, Field(ge=0, le=1_000)] = 1
    relay_gather_most_ms: Annotated[int, Field(ge=0, le=1_000)] = 20
    relay_records_max: Annotated[int, Field(ge=1, le=5_000)] = 500
    relay_poll_s: Seconds = 1.0
    relay_retry_most_s: Seconds = 30.0
    gap_compare_timeout_s: Seconds = 600.0
    rejoins_per_minute_max: Annotated[int, Field(ge=1)] = 10


class WatermarkSettings(_FromEnvironment):
    """Log time: how often it is looked at, and how far the clocks of our machines may differ."""

    model_config = SettingsConfigDict(env_prefix="DESK_WATERMARK_")

    interval_s: Seconds = 1.0
    clocks_differ_max_s: Annotated[float, Field(ge=0.1, le=60)] = 1.0
    """Taken off each watermark: between the writer's processes and its database, in seconds."""

    late_after_s: Seconds = 30.0
    """Health says that clocks stand once they have stood for so long."""


class ServiceSettings(_FromEnvironment):
    """What a process needs whatever service it is."""

    postgres: PostgresSettings = Field(default_factory=PostgresSettings)
    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    watermark: WatermarkSettings = Field(default_factory=WatermarkSettings)
    valkey_url: Annotated[SecretStr, _address_of(RedisDsn, "redis://:password@host:6379/0")]
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)]
    http_body_max_bytes: Annotated[int, Field(ge=1_024)] = 1_048_576
    http_headers_max_bytes: Annotated[int, Field(ge=1_024)] = 32_768
    http_in_flight_max: Annotated[int, Field(ge=1)] = 512
    loop_delay_interval_s: Seconds = 0.25
    loop_delay_warn_s: Seconds = 1.0
    http_keep_alive_s: Annotated[int, Field(ge=1)] = 75
    api_keys_file: str
    instance_id: str | None = None
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    drain_timeout_s: Seconds = 10.0
    watch_interval_s: Seconds = 5.0
    standstill_s: Seconds = 30.0
    dead_letter_run_max: Annotated[int, Field(ge=1)] = 100
    dead_letter_ratio_max: Annotated[float, Field(gt=0, le=1)] = 0.05
    parked_run_max: Annotated[int, Field(ge=1)] = 100
    parked_ratio_max: Annotated[float, Field(gt=0, le=1)] = 0.05
    parked_cause_max: Annotated[int, Field(ge=1)] = 1_000
    idempotency_key_kept_h: Annotated[int, Field(ge=1)] = 72


class WrongSettings(Exception):
    """The environment does not hold what a service needs; each line names a variable and why."""


S = TypeVar("S", bound=BaseSettings)


def settings_from_environment(settings: type[S]) -> S:
    """Reads the settings. Raises `WrongSettings`, which names variables and never their values.

    It names all that are wrong or missing, those of each group too.
    """
    problems: list[str] = []
    found = _read(settings, problems)
    if problems:
        raise WrongSettings("\n".join(["These environment variables are wrong:", *problems]))
    return found


def _read(settings: type[S], problems: list[str]) -> S:
    """The settings, or, once something was added to `problems`, a stand-in that nobody may use.

    Groups are read first, one by one: inside their owner, the first wrong one would hide the rest.
    """
    groups: dict[str, Any] = {
        name: _read(field.annotation, problems)
        for name, field in settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseSettings)
    }
    try:
        return settings(**groups)
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        problems += [_problem(prefix, fault) for fault in faults_of(error)]
        return cast(S, settings.model_construct(**groups))


def _problem(prefix: str, fault: Fault) -> str:
    """A rule about several variables has no location: its message names them.

    A field that goes by a name of its own has its whole variable there.
    """
    name = "_".join(str(step) for step in fault.location).upper()
    variable = name if name.startswith("DESK_") else f"{prefix}{name}"
    return f"{variable}: {fault.message}" if name else fault.message

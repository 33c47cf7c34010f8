"""Settings of notify, from the environment."""

import re
from datetime import timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated, Literal, Self

from cryptography.fernet import Fernet
from pydantic import AnyHttpUrl, EmailStr, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskstream_runtime.settings import Seconds, ServiceSettings

# Our own address is in each envelope and its domain in Message-IDs: every server must take it.
_SENDER_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
)


class SmtpSettings(BaseSettings):
    """The mail server, prefix `DESK_SMTP_`. `sender` (`DESK_SMTP_FROM`) is the From of mails."""

    model_config = SettingsConfigDict(
        env_prefix="DESK_SMTP_", frozen=True, extra="ignore", populate_by_name=True
    )

    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, Field(validation_alias="DESK_SMTP_FROM")]
    timeout_s: Seconds = 10.0
    concurrency_max: Annotated[int, Field(ge=1, le=100)] = 8
    give_up_after_h: Annotated[float, Field(gt=0)] = 12.0

    @field_validator("sender")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not _SENDER_ADDRESS.fullmatch(parseaddr(value)[1]):
            raise ValueError(
                f"{value!r} is no address; write one like 'Support <help@shop.example>', in ASCII "
                "but for the name (a domain like bücher.example as xn--bcher-kva.example)"
            )
        return value

    @property
    def sender_address(self) -> Address:
        name, address = parseaddr(self.sender)
        return Address(display_name=name, addr_spec=address)


class WebhookSettings(BaseSettings):
    """Calls to subscribed systems, prefix `DESK_WEBHOOK_`.

    `secret_keys` are Fernet keys (32 random bytes, URL-safe base64) as a JSON list: the first
    encrypts, all decrypt. `allow_private_networks` is for a laptop, where receivers run locally.
    For `payload_kept_days` a delivery can be repeated.
    """

    model_config = SettingsConfigDict(env_prefix="DESK_WEBHOOK_", frozen=True, extra="ignore")

    secret_keys: Annotated[tuple[SecretStr, ...], Field(min_length=1)]
    allow_private_networks: bool = False
    timeout_s: Seconds = 5.0
    response_max_bytes: Annotated[int, Field(ge=0)] = 65_536
    connections_max: Annotated[int, Field(ge=1)] = 64
    keep_alive_s: Seconds = 30.0
    concurrency_max: Annotated[int, Field(ge=1, le=400)] = 32
    give_up_after_h: Annotated[float, Field(gt=0)] = 24.0
    rejected_give_up_after_h: Annotated[float, Field(ge=0)] = 1.0
    subscriptions_max: Annotated[int, Field(ge=1, le=1_000)] = 100
    payload_kept_days: Annotated[int, Field(ge=1)] = 7
    redeliver_max: Annotated[int, Field(ge=1, le=10_000)] = 1_000

    @field_validator("secret_keys")
    @classmethod
    def _are_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for key in value:
            Fernet(key.get_secret_value())
        return value


class Settings(ServiceSettings):
    """Settings of notify. `alert_addresses` is a JSON list; empty means that nobody is on duty.

    `alert_customer_words`: alerts quote the customer. `public_url` is where people open
    tickets, for the link in alerts. `email_special_domains` (a JSON list) are special-use domains
    (`test`, `local`) and names without a dot that the mail server delivers to, as ingest has them.
    """

    smtp: SmtpSettings = Field(default_factory=SmtpSettings)
    webhook: WebhookSettings = Field(default_factory=WebhookSettings)
    alert_addresses: Annotated[tuple[EmailStr, ...], Field(max_length=20)] = ()
    alert_gather_s: Annotated[float, Field(ge=0, le=300)] = 5.0
    alert_customer_words: bool = False
    public_url: AnyHttpUrl | None = None
    email_special_domains: tuple[str, ...] = ()
    notification_age_max_h: Annotated[float, Field(gt=0)] = 72.0
    notification_kept_days: Annotated[int, Field(ge=1)] = 90
    retry_first_s: Seconds = 1.0
    retry_max_s: Seconds = 3_600.0
    breaker_failures_max: Annotated[int, Field(ge=1)] = 10
    breaker_rest_s: Seconds = 30.0

    @property
    def notification_age_max(self) -> timedelta:
        """An event older than this when first seen is history: its notifications are skipped."""
        return timedelta(hours=self.notification_age_max_h)

    @property
    def special_domains(self) -> frozenset[str]:
        """`email_special_domains` in their one form."""
        return frozenset(domain.lower().strip(".") for domain in self.email_special_domains)

    @property
    def alert_batch_window(self) -> timedelta:
        """Alerts about one ticket to one recipient within this time are one mail."""
        return timedelta(seconds=self.alert_gather_s)

    @property
    def notification_kept(self) -> timedelta:
        """How long ended notifications are stored."""
        return timedelta(days=self.notification_kept_days)

    @model_validator(mode="after")
    def _keeps_what_could_be_sent_again(self) -> Self:
        if self.notification_kept <= self.notification_age_max:
            raise ValueError(
                f"notification_kept_days ({self.notification_kept_days}) must be longer than "
                f"notification_age_max_h ({self.notification_age_max_h:g}): else a replay could "
                "send deleted notifications again"
            )
        return self

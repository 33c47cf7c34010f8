"""What can be set from the environment, prefix `DESK_`."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskstream_runtime.settings import Seconds, ServiceSettings


class LiveSettings(BaseSettings):
    """The live feed and its clients, prefix `DESK_LIVE_`."""

    model_config = SettingsConfigDict(
        env_prefix="DESK_LIVE_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    clients_max: Annotated[int, Field(ge=1)] = 500
    queue_max: Annotated[int, Field(ge=8)] = 256
    """Messages queued for one client; beyond it they become one `refresh`."""

    message_max_chars: Annotated[int, Field(ge=1_000)] = 65_536
    bad_messages_max: Annotated[int, Field(ge=1)] = 10
    messages_per_s: Annotated[float, Field(gt=0)] = 20.0
    """Messages that one client may send; beyond it and `messages_burst` it is disconnected."""

    messages_burst: Annotated[int, Field(ge=1)] = 100
    authenticate_within_s: Seconds = 5.0
    check_key_every_s: Seconds = 1.0
    send_timeout_s: Seconds = 20.0
    replay_facts_max: Annotated[int, Field(ge=1)] = 5_000
    """Events that a returning client may have missed; beyond it, it is sent a `refresh`."""

    metrics_interval_s: Seconds = 1.0
    poll_s: Seconds = 1.0
    """How often the change feed is read without a wake-up."""

    interval_ms: Annotated[int, Field(ge=0, le=1_000)] = 5
    """The least time between two reads of the change feed."""


class SummarySettings(BaseSettings):
    """What one summary may ask for, prefix `DESK_SUMMARY_`."""

    model_config = SettingsConfigDict(
        env_prefix="DESK_SUMMARY_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    buckets_max: Annotated[int, Field(ge=1)] = 3_000
    """The most buckets: two days by the minute fit."""

    days_max: Annotated[int, Field(ge=1)] = 1_100
    """The longest period. A busy year is a million roll-ups."""


class Settings(ServiceSettings):
    """The projection's own settings, beside those of every service."""

    live: LiveSettings = Field(default_factory=LiveSettings)
    summary: SummarySettings = Field(default_factory=SummarySettings)

    min_version_wait_s: Annotated[float, Field(gt=0, le=30)] = 2.0
    """How long `GET /v1/tickets/{id}?min_version=N` waits for the view."""

    minutes_kept_days: Annotated[int, Field(ge=1)] = 31
    """How long roll-ups by the minute are kept; those by the quarter hour stay."""

    notices_channel: str = "deskstream.projection.committed"
    """The Valkey channel on which processes wake each other."""

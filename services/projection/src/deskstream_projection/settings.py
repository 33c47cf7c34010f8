"""Settings of the projection."""

from typing import Annotated

from pydantic import Field

from deskstream_runtime.settings import Seconds, ServiceSettings


class Settings(ServiceSettings):
    """Beside those every service has. Values come from the environment, prefix `DESK_`."""

    min_version_wait_s: Annotated[float, Field(gt=0, le=30)] = 2.0
    """How long `GET /v1/tickets/{id}?min_version=N` waits for the view."""

    minutes_kept_days: Annotated[int, Field(ge=1)] = 31
    """How long roll-ups by the minute are kept; those by the quarter hour stay."""

    summary_buckets_max: Annotated[int, Field(ge=1)] = 3_000
    """Into how many buckets the time of a summary may be cut: two days by the minute fit."""

    summary_days_max: Annotated[int, Field(ge=1)] = 1_100
    """How long the time of a summary may be. A busy year is a million roll-ups."""

    live_clients_max: Annotated[int, Field(ge=1)] = 500
    live_queue_max: Annotated[int, Field(ge=8)] = 256
    """Messages that wait for one client; past it they become one `refresh`."""

    live_message_max_chars: Annotated[int, Field(ge=1_000)] = 65_536
    live_bad_messages_max: Annotated[int, Field(ge=1)] = 10
    live_messages_per_s: Annotated[float, Field(gt=0)] = 20.0
    """Messages one client may send; past them and `live_messages_burst` it is sent away."""

    live_messages_burst: Annotated[int, Field(ge=1)] = 100
    live_authenticate_within_s: Seconds = 5.0
    live_check_key_every_s: Seconds = 1.0
    live_send_timeout_s: Seconds = 20.0
    live_replay_facts_max: Annotated[int, Field(ge=1)] = 5_000
    """Facts a client that comes back may have missed; past it, it is told to load anew."""

    live_metrics_interval_s: Seconds = 1.0
    live_poll_s: Seconds = 1.0
    """How often the view is looked at when no notice came."""

    live_interval_ms: Annotated[int, Field(ge=0, le=1_000)] = 5
    """The least time between two looks at the view."""

    notices_channel: str = "deskstream.projection.committed"

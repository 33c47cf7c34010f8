"""Settings of the escalation service. Values come from the environment, prefix `DESK_`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from deskstream_runtime.settings import Seconds, ServiceSettings

_PACKAGE = Path(__file__).parent


class Settings(ServiceSettings):
    """The files of rules and service levels, and how often clocks are checked.

    A ticket's clocks are announced with its triage; without it, `sla_triage_wait_s` after the
    ticket was accepted.
    """

    rules_file: Path = _PACKAGE / "rules.toml"
    sla_file: Path = _PACKAGE / "sla.toml"
    sla_tick_interval_s: Seconds = 1.0
    sla_clocks_per_tick_max: Annotated[int, Field(ge=1, le=5_000)] = 500
    sla_triage_wait_s: Seconds = 30.0

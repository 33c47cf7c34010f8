"""The service-level file into the policy."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from deskstream_contracts.events.ticket import Priority
from deskstream_contracts.model import Code
from deskstream_escalation.adapters import toml_file
from deskstream_escalation.domain.policies import SlaPolicy

_YEAR_MIN = 366 * 24 * 60
Minutes = Annotated[float, Field(gt=0, le=_YEAR_MIN)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Targets(_Entry):
    first_response_min: Minutes
    next_response_min: Minutes
    resolution_min: Minutes


class _Priorities(_Entry):
    low: _Targets
    normal: _Targets
    high: _Targets
    urgent: _Targets


class _PolicyFile(_Entry):
    name: Code
    warn_at: Annotated[float, Field(gt=0, lt=1)]
    targets: _Priorities


def load_policy(path: Path) -> SlaPolicy:
    """Reads and checks the policy. Raises `InvalidFile`, which names file and field."""
    contents = toml_file.read(path)
    parsed = toml_file.parse(contents, _PolicyFile)
    by_priority: dict[Priority, _Targets] = {
        "low": parsed.targets.low,
        "normal": parsed.targets.normal,
        "high": parsed.targets.high,
        "urgent": parsed.targets.urgent,
    }
    return SlaPolicy(
        name=parsed.name,
        version=contents.version,
        warn_at=parsed.warn_at,
        targets={
            priority: {
                "first_response": timedelta(minutes=targets.first_response_min),
                "next_response": timedelta(minutes=targets.next_response_min),
                "resolution": timedelta(minutes=targets.resolution_min),
            }
            for priority, targets in by_priority.items()
        },
    )

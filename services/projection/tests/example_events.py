"""The contracts' committed examples as events."""

import json
from pathlib import Path
from typing import Any

import deskstream_contracts
from deskstream_contracts import Event, decode
from deskstream_projection.domain.fold import EVENT_TYPES

EXAMPLES = Path(deskstream_contracts.__file__).parents[2] / "examples"


def example_events(folder: Path) -> list[Event[Any]]:
    """All examples of the types the projection reads, decoded as from their topics."""
    names = {event_type.event_type for event_type in EVENT_TYPES}
    return [
        _event(json.loads(path.read_text()))
        for path in sorted(folder.glob("*/v*/*.json"))
        if path.parent.parent.name in names
    ]


def _event(example: dict[str, Any]) -> Event[Any]:
    value = json.dumps(example.pop("data")).encode()
    headers = [(f"ce_{name}", str(text).encode()) for name, text in example.items()]
    return decode(example["type"], headers, value)

"""What a fold of events leaves in the registers of a row."""

from typing import Any, TypeVar
from uuid import UUID

from deskstream_contracts import Event
from deskstream_projection.domain.fold import fold
from deskstream_projection.domain.lww import ReadModel

V = TypeVar("V", bound=tuple[Any, ...])


def row_of(
    model: ReadModel[Any], key: UUID, *events: Event[Any]
) -> dict[type[tuple[Any, ...]], Any]:
    """The values of each register of a row; none where no event is about it."""
    for ids, registers in fold(events).rows[model.table].in_key_order():
        if ids[0] == key:
            return {register: values for register, (_, values) in registers.items()}
    return {}


def register_of(model: ReadModel[Any], key: UUID, register: type[V], *events: Event[Any]) -> V:
    """The values of one register of a row. Raises KeyError if it has none."""
    values: V = row_of(model, key, *events)[register]
    return values

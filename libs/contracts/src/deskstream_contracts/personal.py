"""Where the personal data of an event is, and the same event without it."""

from functools import cache
from typing import Any, TypeVar, get_origin

from pydantic import JsonValue
from pydantic.fields import FieldInfo

from deskstream_contracts.model import Part, Personal
from deskstream_contracts.structure import annotations_within, nested_parts

P = TypeVar("P", bound=Part)


def is_personal(field: FieldInfo) -> bool:
    """Whether the field itself is marked; a part that has personal fields is not one."""
    inner = annotations_within(field.annotation)
    return any(isinstance(mark, Personal) for mark in (*field.metadata, *inner))


@cache
def personal_fields(part: type[Part]) -> tuple[str, ...]:
    """The paths of all personal fields of a body: `body`, `customer.name`, `attachments[].name`."""
    own = [name for name, field in part.model_fields.items() if is_personal(field)]
    nested = [
        f"{name}[].{path}" if _is_many(part, name) else f"{name}.{path}"
        for name, inner in nested_parts(part).items()
        for path in personal_fields(inner)
    ]
    return (*own, *nested)


def without_personal_data(part: P) -> P:
    """The same body with every personal field blank: null, or an empty text, list or object.

    With `revised` this is how a person is erased: the blank event replaces the first in the log.
    """
    blank: dict[str, Any] = dict(_blanks(type(part)))
    for name in nested_parts(type(part)):
        value = getattr(part, name)
        if isinstance(value, tuple):
            blank[name] = tuple(without_personal_data(inner) for inner in value)
        elif value is not None:
            blank[name] = without_personal_data(value)
    return part.model_copy(update=blank)


def loggable(part: Part) -> dict[str, JsonValue]:
    """What may be logged of a body: JSON values, with no personal field in it at all."""
    return part.model_dump(mode="json", exclude=_personal_tree(type(part)), exclude_defaults=True)


@cache
def _blanks(part: type[Part]) -> dict[str, object]:
    return {
        name: _blank(f"{part.__name__}.{name}", field)
        for name, field in part.model_fields.items()
        if is_personal(field)
    }


def _blank(name: str, field: FieldInfo) -> object:
    if type(None) in annotations_within(field.annotation):
        return None
    kind = get_origin(field.annotation) or field.annotation
    if kind not in (str, tuple, dict):
        raise TypeError(f"{name} is personal but has no blank value: make it optional")
    return kind()


@cache
def _personal_tree(part: type[Part]) -> dict[str, Any]:
    tree: dict[str, Any] = dict.fromkeys(_blanks(part), True)
    for name, inner in nested_parts(part).items():
        below = _personal_tree(inner)
        if below:
            tree[name] = {"__all__": below} if _is_many(part, name) else below
    return tree


def _is_many(part: type[Part], name: str) -> bool:
    return any(
        get_origin(annotation) is tuple
        for annotation in annotations_within(part.model_fields[name].annotation)
    )

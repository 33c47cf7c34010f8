"""The tree of parts inside an event body, read from the models' annotations."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from deskstream_contracts.model import Part


@cache
def nested_parts(part: type[Part]) -> dict[str, type[Part]]:
    """The fields of `part` that hold another part, alone, optional or in a tuple."""
    found: dict[str, type[Part]] = {}
    for name, field in part.model_fields.items():
        for annotation in annotations_within(field.annotation):
            if isinstance(annotation, type) and issubclass(annotation, Part):
                found[name] = annotation
    return found


def annotations_within(annotation: Any) -> Iterator[Any]:
    """An annotation and all it is made of: `tuple[A, ...] | None` yields the tuple and A too.

    The marks of an `Annotated` come as they are.
    """
    yield annotation
    for inner in get_args(annotation):
        yield from annotations_within(inner)


def parts_of(root: type[Part]) -> set[type[Part]]:
    """`root` and every part below it."""
    found = {root}
    for part in nested_parts(root).values():
        found |= parts_of(part)
    return found

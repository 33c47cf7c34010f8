"""The extremes of every field of every event: what a careless or hostile writer may put on a topic.

Derived from the published schemas. Values are JSON text, as some of them (NaN, half a surrogate
pair) are nothing that Python would write as JSON. Most lie at a bound or just past it; which of
them is valid, the decoder decides.
"""

import json
from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import pairwise
from operator import getitem
from typing import Any

from deskstream_contracts.documents.json_schema import schema_of
from deskstream_contracts.model import EventData
from deskstream_contracts.testing.extreme_values import (
    INSTANTS,
    NUMBERS,
    ODD_TEXTS,
    PATTERNED,
    UUIDS,
)

FieldPath = tuple[str | int, ...]
"""Where a value is inside a body: `("attachments", 0, "name")`."""

Changes = Mapping[FieldPath, str]
"""JSON text by path; `ABSENT` takes the field away."""

ABSENT = ""

_WRONG_KINDS = (ABSENT, "null", "{}", "[]", "[" * 5_000 + "]" * 5_000, '"x"', "7", "false")


def extremes_of(body: type[EventData]) -> Iterator[Changes]:
    schema = schema_of(body)
    return extremes_by_schema(schema, schema)


def extremes_by_schema(schema: Any, document: Any) -> Iterator[Changes]:
    """Each field at each of its extremes, and all instants, all numbers at the same.

    `document` holds what the schema refers to.
    """
    together: dict[str, dict[FieldPath, str]] = {}
    for path, value, kind in _values(schema, document, ()):
        yield {path: value}
        if kind:
            together.setdefault(f"{kind} {value}", {})[path] = value
    yield from (changes for changes in together.values() if len(changes) > 1)


def changed(body: Any, changes: Changes) -> bytes:
    """The JSON text of a body with these changes. `body` is left as it is.

    What a path leads through is made where it is not there.
    """
    copy = json.loads(json.dumps(body))
    raw: dict[str, str] = {}
    for number, (path, value) in enumerate(changes.items()):
        parent: Any = copy
        for step, following in pairwise(path):
            if step not in parent and isinstance(parent, dict):
                parent[step] = [{}] if isinstance(following, int) else {}
            parent = parent[step]
        parent[path[-1]] = mark = f"@{number}@"
        if value == ABSENT:
            del parent[path[-1]]
        raw[f'"{mark}"'] = value
    text = json.dumps(copy, ensure_ascii=False, separators=(",", ":"))
    for mark, value in raw.items():
        text = text.replace(mark, value, 1)
    return text.encode()


def _values(schema: Any, document: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str, str]]:
    """FieldPath, value and kind; without a kind the value is set alone, never with others."""
    while "$ref" in schema:
        schema = reduce(getitem, schema["$ref"].split("/")[1:], document)
    if path:
        yield from ((path, value, "") for value in _WRONG_KINDS)
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            yield from _values(one, document, path)
            continue
        match one.get("type"):
            case "object" if "properties" in one:
                for name, inner in one["properties"].items():
                    yield from _values(inner, document, (*path, name))
            case "object":
                yield from ((path, value, "") for value in _mappings(one.get("maxProperties", 50)))
            case "array":
                yield from ((path, value, "") for value in _lists(one))
                yield from _values(one["items"], document, (*path, 0))
            case "string":
                yield from ((path, value, kind) for value, kind in _texts(one))
            case "integer" | "number":
                bounds = (one[key] for key in ("minimum", "maximum") if key in one)
                numbers = dict.fromkeys((*NUMBERS, *(json.dumps(bound) for bound in bounds)))
                yield from ((path, value, "number") for value in numbers)
            case "boolean":
                yield from ((path, value, "") for value in ("true", "false", "0", '"true"'))


def _texts(schema: Any) -> Iterator[tuple[str, str]]:
    if schema.get("format") == "date-time":
        yield from ((f'"{value}"', "instant") for value in INSTANTS)
    elif schema.get("format") == "uuid":
        yield from ((f'"{value}"', "") for value in UUIDS)
    elif "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        yield from ((json.dumps(value), "") for value in (*values, "", f"{values[0]} "))
    else:
        yield from ((f'"{text}"', "") for text in ODD_TEXTS)
        if "pattern" in schema:
            yield from ((f'"{text}"', "") for text in PATTERNED)
        for size in (schema[key] for key in ("maxLength", "minLength") if key in schema):
            yield from (
                (f'"{character * length}"', "")
                for character in ("x", "😀", r"\u0001", "\u0301", "0 ")
                for length in (size, size + 1)
            )


def _lists(schema: Any) -> Iterator[str]:
    """Of every length that matters; of items that are too few kinds to be right everywhere."""
    most = schema.get("maxItems", 50)
    for item in ('"a"', f'"{"😀" * 500}"', '{"kind":"a","value":"b"}', "null"):
        yield from (f"[{','.join([item] * length)}]" for length in (1, most, most + 1))


def _mappings(most: int) -> Iterator[str]:
    long = "😀" * 500
    for entries in (most, most + 1):
        yield "{" + ",".join(f'"{"a" * 90}{n}":"{long}"' for n in range(entries)) + "}"
    yield from (r'{"":"x"}', r'{"a\u0000":"x"}', r'{"a":"\u0000"}', r'{"a":null}', r'{"é":"x"}')

"""The extremes of every field of every event: what a careless or hostile writer may put on a topic.

Derived from the published schemas. Values are JSON text, as some of them (NaN, half a surrogate
pair) are nothing that Python would write as JSON. Most lie at a bound or just past it; which of
them may be taken is for the decoder to say.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from deskstream_contracts.documents.json_schema import schema_of
from deskstream_contracts.model import EventData

FieldPath = tuple[str | int, ...]
"""Where a value is inside a body: `("attachments", 0, "name")`."""

Changes = Mapping[FieldPath, str]
"""JSON text by path; `ABSENT` takes the field away."""

ABSENT = ""

INSTANTS = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "1582-10-04T00:00:00Z",
    "1899-12-31T23:59:59Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00+14:00",
    "1970-01-01T00:00:00-14:00",
    "2038-01-19T03:14:08Z",
    "2199-12-31T23:59:59.999999Z",
    "2200-01-01T00:00:00Z",
    "2200-01-01T13:59:59.999999+14:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-14:00",
    "2026-06-30T23:59:60Z",
    "2026-02-29T00:00:00Z",
    "2026-03-29T02:30:00+23:59",
    "2026-03-29T02:30:00-23:59",
    "2026-01-01T00:00:00.123456789123Z",
    "2026-01-01T00:00:00",
    "2026-01-01",
    "1700000000",
    "-infinity",
    "",
)
_NUMBERS = (
    "-9223372036854775809",
    "-9223372036854775808",
    "-9007199254740992",
    "-2147483649",
    "-32769",
    "-1",
    "-0",
    "-0.0",
    "0",
    "5e-324",
    "1e-7",
    "0.5",
    "1",
    "1.0",
    "32768",
    "2147483647",
    "2147483648",
    "7258118400",
    "7258118400.000001",
    "9007199254740991",
    "9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e19",
    "1e30",
    "1.7976931348623157e308",
    "1e400",
    "-1e400",
    f"1{'0' * 400}",
    "NaN",
    "Infinity",
    "true",
    '"1"',
)
_UUIDS = (
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "019A2B3C-4D5E-7000-8000-0000000000AA",
    "{019a2b3c-4d5e-7000-8000-0000000000aa}",
    "urn:uuid:019a2b3c-4d5e-7000-8000-0000000000aa",
    "019a2b3c4d5e700080000000000000aa",
    "019a2b3c-4d5e-7000-8000-0000000000a",
    "",
)
# Written as JSON writes them: what stands here is between the quotes.
_ODD_TEXTS = (
    r"",
    r"\u0000",
    r"before\u0000after",
    r"\\u0000",
    r"\ud800",
    r"\udc00\ud800",
    r"\ud83d\ude00",
    r"\ufffe\uffff\udbff\udfff",
    r"\u200b\u2028\u2029\u0085\u202e\ufeff",
    r"\r\nBcc: thief@example.com\r\n\r\n",
    r"=?utf-8?q?x=0D=0ABcc=3A?=",
    r"\u001b[2J\u0007\b\f\t\u007f",
    r"' or 1=1; -- %s {0} {{7*7}} ${x} \\",
    "e" + r"\u0301" * 400,
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "ﷺ",
)
_PATTERNED = (
    "a",
    "0",
    "A",
    "a" * 100,
    "a" * 101,
    r"a\n",
    "é",
    "aa",
    "zzz-12345678",
    "aa" + "-aaaaaaaa" * 3,
    "aa" + "-aaaaaaaa" * 50_000,
    "AAA",
    "0" * 64,
    "0" * 65,
    "http://",
    "https://" + "a" * 2_040,
    "https://" + "é" * 2_040,
    "https://" + "a" * 2_041,
    r"https://\u0000",
)
_WRONG_KINDS = (ABSENT, "null", "{}", "[]", "[" * 5_000 + "]" * 5_000, '"x"', "7", "false")


def extremes_of(body: type[EventData]) -> Iterator[Changes]:
    """Each field of a body at each of its extremes, and all instants, all numbers at the same."""
    schema = schema_of(body)
    together: dict[str, dict[FieldPath, str]] = {}
    for path, value, kind in _values(schema, schema, ()):
        yield {path: value}
        if kind:
            together.setdefault(f"{kind} {value}", {})[path] = value
    yield from (changes for changes in together.values() if len(changes) > 1)


def changed(body: Any, changes: Changes) -> bytes:
    """The JSON text of a body with these changes. `body` is left as it is."""
    copy = json.loads(json.dumps(body))
    raw: dict[str, str] = {}
    for number, (path, value) in enumerate(changes.items()):
        *before, last = path
        parent: Any = copy
        for step in before:
            parent = parent[step]
        if value == ABSENT:
            parent.pop(last)
        else:
            parent[last] = f"@{number}@"
            raw[f'"@{number}@"'] = value
    text = json.dumps(copy, ensure_ascii=False, separators=(",", ":"))
    for mark, value in raw.items():
        text = text.replace(mark, value, 1)
    return text.encode()


def _values(schema: Any, root: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str, str]]:
    """FieldPath, value and kind; without a kind the value is set alone, never with others."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if path:
        yield from ((path, value, "") for value in _WRONG_KINDS)
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            yield from _values(one, root, path)
            continue
        match one.get("type"):
            case "object" if "properties" in one:
                for name, inner in one["properties"].items():
                    yield from _values(inner, root, (*path, name))
            case "object":
                yield from ((path, value, "") for value in _mappings(one["maxProperties"]))
            case "array":
                yield from ((path, value, "") for value in _lists(one))
                yield from _values(one["items"], root, (*path, 0))
            case "string":
                yield from ((path, value, kind) for value, kind in _texts(one))
            case "integer" | "number":
                bounds = (one[key] for key in ("minimum", "maximum") if key in one)
                numbers = dict.fromkeys((*_NUMBERS, *(json.dumps(bound) for bound in bounds)))
                yield from ((path, value, "number") for value in numbers)
            case "boolean":
                yield from ((path, value, "") for value in ("true", "false", "0", '"true"'))


def _texts(schema: Any) -> Iterator[tuple[str, str]]:
    if schema.get("format") == "date-time":
        yield from ((f'"{value}"', "instant") for value in INSTANTS)
    elif schema.get("format") == "uuid":
        yield from ((f'"{value}"', "") for value in _UUIDS)
    elif "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        yield from ((json.dumps(value), "") for value in (*values, "", f"{values[0]} "))
    else:
        yield from ((f'"{text}"', "") for text in _ODD_TEXTS)
        if "pattern" in schema:
            yield from ((f'"{text}"', "") for text in _PATTERNED)
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

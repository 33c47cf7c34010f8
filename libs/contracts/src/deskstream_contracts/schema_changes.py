"""What changed between two JSON Schemas of one event version, and whom each change would break.

Within a major version only optional fields may be added (FULL_TRANSITIVE): then any release reads
what any other wrote. Whatever is not known to be harmless counts as a break.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

Schema = dict[str, Any]

Harm = Literal["none", "old_readers", "old_events", "both"]
"""Who cannot read what after the change.

old_readers: consumers not yet upgraded refuse or misread new events; old_events: upgraded consumers
refuse events that are in the log already.
"""

# They inform people and change nothing about what is valid.
_ANNOTATIONS = {"title", "description", "examples", "$schema", "$id", "$defs", "$ref"}
# They hold schemas, or are compared in a way of their own.
_COMPARED_APART = {"properties", "required", "items", "anyOf", "enum", "x-personal"}
_OF_VALUES = ("additionalProperties", "patternProperties")


class Change(NamedTuple):
    """One difference; `field` is a path such as `customer.email` or `attachments[].name`."""

    field: str
    what: str
    harm: Harm


class _Pair(NamedTuple):
    """A schema before and after, and the definitions that its references lead to."""

    old: Schema
    new: Schema
    old_root: Schema
    new_root: Schema

    def of(self, old: Schema, new: Schema) -> "_Pair":
        return _Pair(
            _resolved(old, self.old_root),
            _resolved(new, self.new_root),
            self.old_root,
            self.new_root,
        )


def changes(old: Schema, new: Schema) -> list[Change]:
    """All changes from one release's schema of an event version to the next one's."""
    return list(_compare("", _Pair(old, new, old, new)))


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    target: Schema = root["$defs"][reference.removeprefix("#/$defs/")]
    # A keyword beside the reference (a default, the personal marker) adds to what it refers to.
    return {**target, **schema}


def _compare(path: str, pair: _Pair) -> Iterator[Change]:
    old, new = pair.old, pair.new
    yield from _keywords(path, pair)
    yield from _enum(path, old, new)
    yield from _personal_mark(path, old, new)
    yield from _properties(path, pair)
    if "items" in old and "items" in new:
        yield from _compare(f"{path}[]", pair.of(old["items"], new["items"]))
    elif ("items" in old) != ("items" in new):
        yield Change(path, "what the list holds changed", "both")
    yield from _alternatives(path, pair)


def _keywords(path: str, pair: _Pair) -> Iterator[Change]:
    old, new = pair.old, pair.new
    for keyword in sorted({*old, *new} - _ANNOTATIONS - _COMPARED_APART):
        before, after = old.get(keyword, "(none)"), new.get(keyword, "(none)")
        if keyword in _OF_VALUES and isinstance(before, dict) and isinstance(after, dict):
            yield from _values(path, keyword, pair)
        elif before != after or (keyword in old) != (keyword in new):
            yield Change(path, f"{keyword} changed from {before} to {after}", "both")


def _values(path: str, keyword: str, pair: _Pair) -> Iterator[Change]:
    old, new = pair.old[keyword], pair.new[keyword]
    if keyword == "additionalProperties":
        old, new = {"": old}, {"": new}
    if old.keys() != new.keys():
        yield Change(path, f"the rule of its keys changed from {[*old]} to {[*new]}", "both")
        return
    for key in old:
        yield from _compare(f"{path}{{}}", pair.of(old[key], new[key]))


def _enum(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    if ("enum" in old) != ("enum" in new):
        yield Change(path, "it became or is no more a closed set of values", "both")
        return
    before, after = old.get("enum", []), new.get("enum", [])
    for value in after:
        if value not in before:
            yield Change(path, f"value {value!r} added", "old_readers")
    for value in before:
        if value not in after:
            yield Change(path, f"value {value!r} removed", "old_events")


def _personal_mark(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    before, after = old.get("x-personal", False), new.get("x-personal", False)
    if before and not after:
        yield Change(path, "no longer marked as personal: erasure would leave it", "both")
    elif after and not before:
        yield Change(path, "now marked as personal: must not be logged any more", "none")


def _properties(path: str, pair: _Pair) -> Iterator[Change]:
    old_fields, new_fields = pair.old.get("properties", {}), pair.new.get("properties", {})
    old_required, new_required = pair.old.get("required", []), pair.new.get("required", [])
    for name in sorted({*old_fields, *new_fields}):
        field = f"{path}.{name}".removeprefix(".")
        if name not in new_fields:
            yield Change(field, "removed (or renamed)", "old_readers")
        elif name not in old_fields:
            required = name in new_required
            kind = "required" if required else "optional"
            yield Change(field, f"{kind} field added", "old_events" if required else "none")
        else:
            if name in new_required and name not in old_required:
                yield Change(field, "became required", "old_events")
            elif name in old_required and name not in new_required:
                yield Change(field, "became optional", "old_readers")
            yield from _compare(field, pair.of(old_fields[name], new_fields[name]))


def _alternatives(path: str, pair: _Pair) -> Iterator[Change]:
    old, new = pair.old.get("anyOf", []), pair.new.get("anyOf", [])
    if len(old) != len(new):
        yield Change(path, f"it may be {len(new)} kinds of value instead of {len(old)}", "both")
        return
    for before, after in zip(old, new, strict=True):
        yield from _compare(path, pair.of(before, after))

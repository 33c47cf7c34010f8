"""The JSON schema of an answer as every provider's strict mode takes it: shape and closed lists.

OpenAI's documentation of structured outputs lists what strict mode takes ("Supported schemas").
Azure, fine-tuned models and the engines of vLLM and Ollama take less: no length, bound, pattern,
format or default. What all take is left: everything else only narrows what the shape allows, and
our own validation of the answer does that. The sources are in decision record 0015.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

DEPTH_MAX = 5
PROPERTIES_MAX = 100
ENUM_VALUES_MAX = 250
NAMES_MAX_CHARS = 15_000

_NARROWS = frozenset(
    {
        "maxLength", "minLength", "pattern", "format",
        "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf",
        "maxItems", "minItems", "uniqueItems",
    }
)  # fmt: skip
"""What a model is not told: an answer that breaks it is invalid when it comes."""

_DESCRIBES = frozenset({"title", "description", "default", "examples", "deprecated"})
_SHAPE = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf"}
)


class NotStrict(Exception):
    """An answer's type has a shape that not every provider's strict mode takes."""


def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The schema to send for an answer. Raises `NotStrict`, which names the place and the rule."""
    whole = answer.model_json_schema()
    schema = _Shape(whole.get("$defs", {})).of(whole, "#", ())
    if schema.get("type") != "object":
        raise NotStrict("#: an answer is an object")
    _within_limits(schema)
    return schema


class _Shape:
    """Keeps of a schema what is shape, and puts definitions where they are referred to."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def of(self, node: Mapping[str, Any], place: str, inside: tuple[str, ...]) -> dict[str, Any]:
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            if name in inside:
                raise NotStrict(f"{place}: {name} holds itself, which has no end")
            return self.of(self._definitions[name], place, (*inside, name))
        unknown = node.keys() - _SHAPE - _NARROWS - _DESCRIBES - {"$defs"}
        if unknown:
            raise NotStrict(f"{place}: {', '.join(sorted(unknown))} cannot be said in strict mode")
        kept: dict[str, Any] = {key: node[key] for key in ("type", "enum") if key in node}
        if "const" in node:
            kept["enum"] = [node["const"]]
        if "anyOf" in node:
            kept["anyOf"] = [self.of(one, f"{place}/anyOf", inside) for one in node["anyOf"]]
        if node.get("type") == "array":
            if "items" not in node:
                raise NotStrict(f"{place}: an array names what it holds")
            kept["items"] = self.of(node["items"], f"{place}/items", inside)
        if node.get("type") == "object":
            kept |= self._closed_object(node, place, inside)
        if not ("type" in kept or "anyOf" in kept):
            raise NotStrict(f"{place}: things of any or of several types may stand here; name one")
        return kept

    def _closed_object(
        self, node: Mapping[str, Any], place: str, inside: tuple[str, ...]
    ) -> dict[str, Any]:
        properties = node.get("properties", {})
        if not properties or node.get("additionalProperties", False) is not False:
            raise NotStrict(f"{place}: an object names all its properties and has no others")
        return {
            "properties": {
                name: self.of(one, f"{place}/{name}", inside) for name, one in properties.items()
            },
            "required": list(properties),
            "additionalProperties": False,
        }


def _within_limits(schema: Mapping[str, Any]) -> None:
    """The smallest limits that any provider documents."""
    nodes = [(schema, 1)]
    properties = values = characters = 0
    while nodes:
        node, depth = nodes.pop()
        if depth > DEPTH_MAX:
            raise NotStrict(f"objects are nested deeper than {DEPTH_MAX}")
        names = node.get("properties", {})
        properties += len(names)
        values += len(node.get("enum", ()))
        characters += sum(len(str(text)) for text in (*names, *node.get("enum", ())))
        nodes += [(one, depth + 1) for one in names.values()]
        nodes += [(one, depth) for one in node.get("anyOf", ())]
        nodes += [(node["items"], depth)] if "items" in node else []
    for what, found, most in (
        ("properties", properties, PROPERTIES_MAX),
        ("values to choose from", values, ENUM_VALUES_MAX),
        ("characters of names and values", characters, NAMES_MAX_CHARS),
    ):
        if found > most:
            raise NotStrict(f"{found} {what}: {most} are the most")

"""The JSON schema of an answer that every provider's strict mode accepts: shape and closed lists.

OpenAI's documentation of structured outputs lists what strict mode accepts ("Supported schemas").
Azure, fine-tuned models and the engines of vLLM and Ollama accept less: no length, bound, pattern,
format or default. Only what all of them accept is sent. Everything else narrows the shape, and is
validated when the answer arrives. The sources are in decision record 0015.
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
"""Never sent: an answer that violates one of these is found invalid on arrival."""

_DESCRIBES = frozenset({"title", "description", "default", "examples", "deprecated"})
_SHAPE = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf"}
)


class NotStrict(Exception):
    """An answer's type has a shape that some provider's strict mode refuses."""


def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The schema to send for an answer. Raises `NotStrict`, which names the path and the rule."""
    whole = answer.model_json_schema()
    schema = _Shape(whole.get("$defs", {})).of(whole, "#", ())
    if schema.get("type") != "object":
        raise NotStrict("#: an answer is an object")
    _within_limits(schema)
    return schema


class _Shape:
    """Reduces a schema to its shape, and inlines its definitions."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def of(self, node: Mapping[str, Any], path: str, inside: tuple[str, ...]) -> dict[str, Any]:
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            if name in inside:
                raise NotStrict(f"{path}: {name} refers to itself, without end")
            return self.of(self._definitions[name], path, (*inside, name))
        unknown = node.keys() - _SHAPE - _NARROWS - _DESCRIBES - {"$defs"}
        if unknown:
            raise NotStrict(f"{path}: {', '.join(sorted(unknown))} is not supported in strict mode")
        kept: dict[str, Any] = {key: node[key] for key in ("type", "enum") if key in node}
        if "const" in node:
            kept["enum"] = [node["const"]]
        if "anyOf" in node:
            kept["anyOf"] = [self.of(one, f"{path}/anyOf", inside) for one in node["anyOf"]]
        if node.get("type") == "array":
            if "items" not in node:
                raise NotStrict(f"{path}: an array declares the type of its items")
            kept["items"] = self.of(node["items"], f"{path}/items", inside)
        if node.get("type") == "object":
            kept |= self._closed_object(node, path, inside)
        if not ("type" in kept or "anyOf" in kept):
            raise NotStrict(f"{path}: a value of any or of several types is allowed; name one type")
        return kept

    def _closed_object(
        self, node: Mapping[str, Any], path: str, inside: tuple[str, ...]
    ) -> dict[str, Any]:
        properties = node.get("properties", {})
        if not properties or node.get("additionalProperties", False) is not False:
            raise NotStrict(f"{path}: an object names all its properties and has no others")
        return {
            "properties": {
                name: self.of(one, f"{path}/{name}", inside) for name, one in properties.items()
            },
            "required": list(properties),
            "additionalProperties": False,
        }


def _within_limits(schema: Mapping[str, Any]) -> None:
    """Raises `NotStrict` beyond the smallest limits that any provider documents."""
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
            raise NotStrict(f"{found} {what}: at most {most} are supported")

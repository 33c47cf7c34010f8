"""Whatever a request may hold has a largest size, said in the documents."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_DOCUMENTS = Path(__file__).parents[2] / "docs" / "reference" / "openapi"
_FORMATS_OF_ONE_SIZE = {"uuid", "date-time", "date"}
_LIMITED_BY_HEADERS_AS_A_WHOLE = {"If-Match"}


def unlimited(schema: dict[str, Any], schemas: dict[str, Any], path: str) -> Iterator[str]:
    """Where in a value there can be a text, list or mapping of any size."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    for kind in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(kind, []):
            yield from unlimited(one, schemas, path)
    if schema.get("type") == "string" and not _limited_text(schema):
        yield path
    if schema.get("type") == "array":
        if "maxItems" not in schema:
            yield f"{path}[]"
        yield from unlimited(schema["items"], schemas, f"{path}[]")
    parts = schema.get("properties", {})
    for name, part in parts.items():
        yield from unlimited(part, schemas, f"{path}.{name}")
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        if not parts and "maxProperties" not in schema:
            yield f"{path}{{}}"
        for part in schema.get("patternProperties", {}).values():
            yield from unlimited(part, schemas, f"{path}{{}}")


def _limited_text(schema: dict[str, Any]) -> bool:
    pattern = schema.get("pattern", "*")
    return (
        not {"maxLength", "enum", "const"}.isdisjoint(schema)
        or schema.get("format") in _FORMATS_OF_ONE_SIZE
        or not {"*", "+"} & set(pattern)
    )


@pytest.mark.parametrize("document", sorted(_DOCUMENTS.glob("*.json")), ids=lambda p: p.stem)
def test_everything_sent_has_a_largest_size(document: Path) -> None:
    content = json.loads(document.read_text())
    schemas = content["components"]["schemas"]
    found: list[str] = []
    for address, item in content["paths"].items():
        for method, operation in item.items():
            where = f"{method} {address} "
            for parameter in operation.get("parameters", []):
                if parameter["name"] not in _LIMITED_BY_HEADERS_AS_A_WHOLE:
                    schema = parameter["schema"]
                    found += unlimited(schema, schemas, f"{where}?{parameter['name']}")
            for body in operation.get("requestBody", {}).get("content", {}).values():
                found += unlimited(body["schema"], schemas, where)
    assert found == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "pattern": "^a*$"},
        {"type": "array", "items": {"type": "integer"}},
        {"type": "array", "maxItems": 3, "items": {"type": "string"}},
        {"type": "object"},
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "null"}, {"$ref": "#/s/T"}]}}},
    ],
)
def test_a_value_of_any_size_is_found(schema: dict[str, Any]) -> None:
    assert list(unlimited(schema, {"T": {"type": "string"}}, "x"))

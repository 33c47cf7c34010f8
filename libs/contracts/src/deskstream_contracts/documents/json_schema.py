"""JSON Schemas (2020-12) of the event bodies, with personal fields marked `x-personal`."""

from collections.abc import Iterable
from typing import Any

from pydantic import JsonValue
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from deskstream_contracts.history import RETIRED
from deskstream_contracts.model import EventData, Part
from deskstream_contracts.personal import is_personal
from deskstream_contracts.reader import schema_uri
from deskstream_contracts.registry import BODIES

ALL_BODIES: tuple[type[EventData], ...] = (*BODIES, *(old.body for old in RETIRED))
"""Every body there ever was: the newest and the retired."""


class _WithPersonalMarks(GenerateJsonSchema):
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        part = schema["cls"]
        if issubclass(part, Part):
            for name, field in part.model_fields.items():
                if is_personal(field):
                    described["properties"][name]["x-personal"] = True
        return described

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def schema_of(body: type[EventData]) -> JsonSchemaValue:
    """The schema of one body; its `$id` is the `dataschema` attribute of the events."""
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": schema_uri(body.event_type, body.major),
        **body.model_json_schema(schema_generator=_WithPersonalMarks),
    }


def shared_schemas(bodies: Iterable[type[EventData]]) -> dict[str, JsonValue]:
    """The schemas of many bodies and their parts by name, for the components of one document."""
    _, definitions = models_json_schema(
        [(body, "validation") for body in bodies],
        ref_template="#/components/schemas/{model}",
        schema_generator=_WithPersonalMarks,
    )
    return dict(definitions["$defs"])

"""Where in a request a wrong value is: a JSON Pointer into the body, or a parameter by name."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

Place = Literal["path", "query", "header", "cookie"]

_OUR_WORDS = "Value error, "
_NOT_AN_OBJECT = frozenset({"model_attributes_type", "model_type", "dict_type"})


def never_null(schema: dict[str, Any]) -> None:
    """For a model that is written without what is None: its schema says so."""
    for member in schema["properties"].values():
        member.pop("default", None)


class WrongValue(BaseModel):
    """One wrong value: in the body at `pointer`, or the parameter `parameter` in `where`."""

    model_config = ConfigDict(json_schema_extra=never_null)

    pointer: str | SkipJsonSchema[None] = Field(
        None, description="JSON Pointer into the body (RFC 6901)."
    )
    parameter: str | SkipJsonSchema[None] = Field(
        None, description="The name of the path, query or header value."
    )
    where: Place | SkipJsonSchema[None] = Field(None, description="Where the parameter was.")
    detail: str


def wrong_value(error: Mapping[str, Any], body: Any) -> WrongValue:
    """An error of pydantic, located so that the caller finds the value in the request."""
    detail = _sentence(error)
    source, *steps = error["loc"]
    match source:
        case "path" | "query" | "header" | "cookie":
            name = str(steps[0]) if steps else None
            return WrongValue(parameter=name, where=source, detail=detail)
    is_missing = error["type"] == "missing"
    return WrongValue(pointer=_pointer(steps, body, is_missing=is_missing), detail=detail)


def _sentence(error: Mapping[str, Any]) -> str:
    if error["type"] in _NOT_AN_OBJECT:
        return "Input should be a JSON object"
    return str(error["msg"]).removeprefix(_OUR_WORDS)


def _pointer(steps: Sequence[int | str], body: Any, *, is_missing: bool) -> str:
    """The steps that the body really has.

    Pydantic also names what it went through on its own side: the branch of a union, `[key]`. Only
    a missing member is named although it is not there.
    """
    pointer = ""
    value = body
    for number, step in enumerate(steps, 1):
        if _has(value, step):
            value = value[step]
        elif not (is_missing and number == len(steps)):
            continue
        pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
    return pointer


def _has(value: Any, step: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, Mapping) and step in value

"""The chat completions requests that OpenAI refuses, according to its documentation.

It accepts only schemas that every strict mode accepts (see decision record 0015), and shares no
code with ours: an error in both would escape the tests.
"""

import re
from typing import Any, NamedTuple

_TOP_LEVEL = frozenset(
    [
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "metadata",
        "modalities",
        "model",
        "moderation",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    ]
)
_SCHEMA_KEYS = frozenset(
    ["type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"]
)
_TYPES = frozenset(["object", "array", "string", "number", "integer", "boolean", "null"])
_ROLES = frozenset(["developer", "system", "user", "assistant"])


class Refused(NamedTuple):
    """An error response of the provider."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None


def what_is_wrong(body: Any, model: str) -> Refused | None:
    """The error that the provider would answer with, if any."""
    if not isinstance(body, dict):
        return Refused(400, "We could not parse the JSON body of your request.")
    for key in body.keys() - _TOP_LEVEL:
        return Refused(400, f"Unrecognized request argument supplied: {key}", None, None)
    if not isinstance(body.get("model"), str):
        return Refused(400, "you must provide a model parameter", None, "model")
    if body["model"] != model:
        text = f"The model `{body['model']}` does not exist or you do not have access to it."
        return Refused(404, text, "model_not_found", None)
    return (
        _wrong_messages(body.get("messages"))
        or _wrong_numbers(body)
        or _wrong_format(body.get("response_format"))
    )


def _wrong_messages(messages: Any) -> Refused | None:
    if not isinstance(messages, list) or not messages:
        return Refused(400, "messages: expected a non-empty array", "invalid_type", "messages")
    for number, message in enumerate(messages):
        path = f"messages[{number}]"
        if message.get("role") not in _ROLES:
            return Refused(400, "Invalid value: role", "invalid_value", f"{path}.role")
        if not isinstance(message.get("content"), str):
            return Refused(400, "expected a string", "invalid_type", f"{path}.content")
    return None


def _wrong_numbers(body: dict[str, Any]) -> Refused | None:
    tokens = body.get("max_completion_tokens", 1)
    if not isinstance(tokens, int) or tokens < 1:
        return Refused(400, "Invalid value", "integer_below_min_value", "max_completion_tokens")
    if len(body.get("safety_identifier", "")) > 64:
        return Refused(400, "too long", "string_above_max_length", "safety_identifier")
    if not isinstance(body.get("store", False), bool):
        return Refused(400, "expected a boolean", "invalid_type", "store")
    return None


def _wrong_format(asked: Any) -> Refused | None:
    if not isinstance(asked, dict) or asked.get("type") != "json_schema":
        return Refused(400, "expected json_schema", "invalid_value", "response_format.type")
    schema = asked.get("json_schema", {})
    if asked.keys() != {"type", "json_schema"} or not schema.keys() <= {
        "name",
        "strict",
        "schema",
        "description",
    }:
        return Refused(400, "Unknown parameter", "unknown_parameter", "response_format")
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(schema.get("name", ""))):
        text = "string does not match pattern. Expected '^[a-zA-Z0-9_-]+$'."
        return Refused(400, text, "invalid_value", "response_format.json_schema.name")
    if schema.get("strict") is not True:
        return Refused(400, "this test wants strict", None, "response_format")
    wrong = not_strict(schema.get("schema"))
    if wrong is None:
        return None
    text = f"Invalid schema for response_format '{schema['name']}': {wrong}"
    return Refused(400, text, None, "response_format")


def not_strict(schema: Any) -> str | None:
    """Why strict mode refuses a schema; None if it accepts it."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return "schema must be a JSON Schema of 'type: \"object\"'."
    return _wrong_node(schema, (), 1)


def _wrong_node(node: Any, at: tuple[str, ...], depth: int) -> str | None:
    where = f"In context={at}, "
    if not isinstance(node, dict):
        return f"{where}expected an object."
    for keyword in sorted(node.keys() - _SCHEMA_KEYS):
        return f"{where}'{keyword}' is not permitted."
    if depth > 5:
        return f"{where}exceeds the limit of 5 levels of nesting."
    if "anyOf" in node:
        kinds = [_wrong_node(one, (*at, "anyOf"), depth) for one in node["anyOf"]]
        return next(filter(None, kinds), None)
    match node.get("type"):
        case "array" if "items" in node:
            return _wrong_node(node["items"], (*at, "items"), depth)
        case "array":
            return f"{where}array schema missing items."
        case "object":
            return _wrong_object(node, at, depth)
        case kind:
            return None if kind in _TYPES else f"{where}schema must have a 'type' key."


def _wrong_object(node: dict[str, Any], at: tuple[str, ...], depth: int) -> str | None:
    where = f"In context={at}, "
    properties = node.get("properties", {})
    if node.get("additionalProperties") is not False:
        return f"{where}'additionalProperties' is required to be supplied and to be false."
    if sorted(node.get("required", [])) != sorted(properties):
        return f"{where}'required' is required to be an array including every key in properties."
    below = [
        _wrong_node(one, (*at, "properties", name), depth + 1) for name, one in properties.items()
    ]
    return next(filter(None, below), None)

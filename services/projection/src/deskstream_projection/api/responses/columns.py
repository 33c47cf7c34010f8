"""Values of responses that a column holds in another form."""

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, JsonValue


def _split(codes: str | None) -> list[str]:
    return codes.split(",") if codes else []


def _parsed(text: str | None) -> Any:
    return json.loads(text) if text else None


CodeList = Annotated[list[str], BeforeValidator(_split)]
"""From codes joined by commas."""

JsonObject = Annotated[dict[str, JsonValue], BeforeValidator(_parsed)]
JsonObjects = Annotated[list[dict[str, JsonValue]], BeforeValidator(_parsed)]
TextByName = Annotated[dict[str, str], BeforeValidator(lambda text: _parsed(text) or {})]
Texts = Annotated[list[str], BeforeValidator(lambda text: _parsed(text) or [])]
"""From JSON text. Tickets from before their column was added have none."""

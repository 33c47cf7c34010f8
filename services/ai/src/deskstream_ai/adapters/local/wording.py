"""The file of draft wordings, and the text of a draft from it."""

import re
from collections.abc import Sequence
from typing import Annotated

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field

from deskstream_ai.adapters.local.toml_file import TomlTable
from deskstream_contracts.model import Code, Confidence, Text

# Names that may be greeted: letters, perhaps with an apostrophe or a hyphen. Handles are none.
_FIRST_NAME = re.compile(r"[^\W\d_]{2,30}(?:['’-][^\W\d_]{1,30})?")


class _Tone(TomlTable):
    greeting: Text
    closing: Text


class _Apology(TomlTable):
    text: Text


class _Complete(TomlTable):
    intents: frozenset[Code]
    confidence: Confidence


class _File(TomlTable):
    body: Text
    score_floor: Confidence
    passages_max: Annotated[int, Field(ge=1, le=5)]
    default_tone: Code
    tones: dict[Code, _Tone]
    apology: _Apology
    openings: dict[Code, Text]
    complete: _Complete


class Wording:
    """Words drafts. Raises `ValidationError`, `KeyError` or jinja2's errors for an invalid file."""

    def __init__(self, toml: str) -> None:
        file = _File.parse(toml)
        environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=False
        )
        self.score_floor = file.score_floor
        self.passages_max = file.passages_max
        self.complete_intents = file.complete.intents
        self.complete_confidence = file.complete.confidence
        self._body = environment.from_string(file.body.strip())
        self._tones: dict[str, tuple[Template, Template]] = {
            name: (
                environment.from_string(tone.greeting),
                environment.from_string(tone.closing),
            )
            for name, tone in file.tones.items()
        }
        self._default_tone = file.default_tone
        self._apology = file.apology.text
        self._openings = file.openings
        self.intents = frozenset(file.openings)
        self.body(self.tone(None), "other", "Ada", sorry=True, passages=["A passage."])

    def tone(self, requested: str | None) -> str:
        """The requested tone if the file has it, else the default."""
        return requested if requested in self._tones else self._default_tone

    def body(
        self,
        tone: str,
        intent: str,
        customer_name: str | None,
        *,
        sorry: bool,
        passages: Sequence[str],
    ) -> str:
        """The text of a draft. Customers' texts are values of its template, never part of it."""
        greeting, closing = self._tones[tone]
        opening = self._openings.get(intent, self._openings["other"])
        return self._body.render(
            greeting=greeting.render(name=_first_name(customer_name)),
            opening=f"{self._apology} {opening}" if sorry else opening,
            passages=passages,
            closing=closing.render(passages=passages),
        )


def _first_name(name: str | None) -> str:
    first = (name or "").split(maxsplit=1)[:1]
    return first[0] if first and _FIRST_NAME.fullmatch(first[0]) else ""

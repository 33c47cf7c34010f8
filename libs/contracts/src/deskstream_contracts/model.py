"""The parts of every event body: strict frozen models, bounded text, the personal marker."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import PydanticKnownError, core_schema

ServiceName = Literal["ingest", "ai", "escalation", "notify", "projection"]


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field that holds something about a person.

    It is never logged, and is blanked when the person is erased: an optional field becomes null,
    text becomes empty, a list becomes empty. So a personal field must allow one of these.
    """


class Part(BaseModel):
    """A value inside an event body.

    Strict: no coercion. Unknown fields are ignored on reading, so that a newer producer's optional
    field does not break an older consumer. A field that has its default is not written: absent and
    default mean the same, so a default never changes within a major version.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class EventData(Part):
    """The body of one event type, major version `major`, emitted by `owner` alone."""

    event_type: ClassVar[str]
    owner: ClassVar[ServiceName]
    major: ClassVar[int] = 1


class HistoricalData(EventData):
    """The body of an event that may be about the past.

    `imported` says that it does: it was part of the history of a ticket that another system kept,
    or follows from nothing else. Its times are those of the past, `ce_time` is when it was brought
    in. Nobody acts on such an event: it starts no clock, fires no rule, is sent to nobody.
    """

    imported: bool = False


@dataclass(frozen=True, slots=True)
class AtMost:
    """A bound of a number, or of a text in characters, that is kept and not published.

    `Field(le=...)` would be another schema, and so a new version, of every event with a duration.
    """

    le: float | None = None
    max_length: int | None = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._kept, handler(source))

    def _kept(self, value: Any) -> Any:
        if self.le is not None and value > self.le:
            raise PydanticKnownError("less_than_equal", {"le": self.le})
        if self.max_length is not None and len(value) > self.max_length:
            raise PydanticKnownError("string_too_long", {"max_length": self.max_length})
        return value


INTEGER_MAX = 2**53 - 1
"""Above this JavaScript and many JSON readers lose digits (RFC 7493 section 2.2)."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,99}$")]
"""A word of an open vocabulary (channel, reason, intent): consumers cope with unknown ones."""

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""An id that another system gave."""

LANGUAGE_MAX_CHARS = 35
"""Every program has to take a language tag of this length (RFC 5646 section 4.4.1)."""

_BCP_47 = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"

Language = Annotated[str, StringConstraints(pattern=_BCP_47), AtMost(max_length=LANGUAGE_MAX_CHARS)]
"""A BCP 47 language tag, as events hold it."""

LanguageTag = Annotated[str, StringConstraints(pattern=_BCP_47, max_length=LANGUAGE_MAX_CHARS)]
"""The same in what comes in, where the length is published too."""

PersonalLine = Annotated[str, StringConstraints(max_length=500), Personal()]
PersonalText = Annotated[str, StringConstraints(max_length=65_536), Personal()]
Line = Annotated[str, StringConstraints(max_length=500)]
Text = Annotated[str, StringConstraints(max_length=65_536)]
Url = Annotated[str, StringConstraints(max_length=2_048, pattern=r"^https?://")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

INSTANT_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
"""No event is about anything earlier: readers count from it, and count back from what they read."""

INSTANT_END = datetime(2200, 1, 1, tzinfo=UTC)
"""Every instant is before this: readers add to what they read, and nanoseconds end in 2262."""

DURATION_MAX_S = (INSTANT_END - INSTANT_FIRST).total_seconds()
"""No two instants are further apart: 7,258,118,400 seconds."""

Instant = Annotated[AwareDatetime, Field(ge=INSTANT_FIRST, lt=INSTANT_END)]
"""A moment from `INSTANT_FIRST` up to `INSTANT_END`, in any zone. JSON Schema cannot say so."""

Confidence = Annotated[float, Field(ge=0.0, le=1.0)]
"""How sure the source is, from 0 (guess) to 1 (certain)."""

Count = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Positive = Annotated[int, Field(ge=1, le=INTEGER_MAX)]


# JSON has no infinity: it would be written as null and could not be read again.
DurationSeconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False), AtMost(DURATION_MAX_S)]
DurationMilliseconds = Annotated[
    float, Field(ge=0.0, allow_inf_nan=False), AtMost(DURATION_MAX_S * 1_000)
]
Tags = Annotated[tuple[Code, ...], Field(max_length=50)]

"""What every event body is made of: strict frozen models, bounded text, the personal mark."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Service = Literal["ingest", "ai", "escalation", "notify", "projection"]


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field that tells something about a person.

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
    owner: ClassVar[Service]
    major: ClassVar[int] = 1


class HistoricalData(EventData):
    """The body of an event that may tell of the past.

    `imported` says that it does: it was part of the history of a ticket that another system kept,
    or follows from nothing else. Its times are those of the past, `ce_time` is when it was brought
    in. Nobody acts on such an event: it starts no clock, fires no rule, is told to nobody.
    """

    imported: bool = False


INTEGER_MAX = 2**53 - 1
"""Above this JavaScript and many JSON readers lose digits (RFC 7493 section 2.2)."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,99}$")]
"""A word of an open vocabulary (channel, reason, intent): consumers cope with unknown ones."""

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""An id that another system gave."""

Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A BCP 47 language tag, as events hold it."""

LanguageTag = Annotated[Language, StringConstraints(max_length=35)]
"""One that comes in: of the length that every program has to take (RFC 5646 section 4.4.1)."""

PersonalLine = Annotated[str, StringConstraints(max_length=500), Personal()]
PersonalText = Annotated[str, StringConstraints(max_length=65_536), Personal()]
Line = Annotated[str, StringConstraints(max_length=500)]
Text = Annotated[str, StringConstraints(max_length=65_536)]
Url = Annotated[str, StringConstraints(max_length=2_048, pattern=r"^https?://")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Instant = AwareDatetime
Confidence = Annotated[float, Field(ge=0.0, le=1.0)]
"""How sure the source is, from 0 (guess) to 1 (certain)."""

Count = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Positive = Annotated[int, Field(ge=1, le=INTEGER_MAX)]
# JSON has no infinity: it would be written as null and could not be read again.
DurationSeconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
DurationMilliseconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Tags = Annotated[tuple[Code, ...], Field(max_length=50)]

"""The kinds of text that callers send. Everything is bounded, and nothing holds a NUL character,
which neither the log nor Postgres takes. Other characters are kept as they are sent, also those
that control a terminal or turn the direction of writing: what shows a text makes it harmless."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from deskstream_contracts.model import Code
from deskstream_contracts.visible import is_blank
from deskstream_runtime.http.json_body import NO_NUL


class RequestModel(BaseModel):
    """What callers send: a field we do not know is an error, so a typing mistake is not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00\r\n]*$")
]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
Url = Annotated[str, StringConstraints(max_length=2_048, pattern=r"^https?://[^\s\x00]+$")]


def _not_blank(text: str) -> str:
    if is_blank(text):
        raise ValueError("nothing of this text can be seen: write some, or leave it out")
    return text


# One pattern says it in the document too: some character that is no white space, and no NUL.
Body = Annotated[
    str,
    StringConstraints(min_length=1, max_length=65_536, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$"),
    AfterValidator(_not_blank),
    Field(description="Some text that can be seen; kept as it is sent."),
]
"""The text of a message."""

Note = Body
"""The text of a note, a feedback or an instruction."""

Subject = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00\r\n]*$"
    ),
    AfterValidator(_not_blank),
    Field(description="One line of text that can be seen."),
]


def _distinct(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


Tags = Annotated[tuple[Code, ...], Field(max_length=50), AfterValidator(_distinct)]

"""What a model behind the OpenAI API is told: texts of customers are data, in fields of JSON."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from deskstream_ai.domain.message import CustomerMessage, DraftWish, Passage
from deskstream_ai.domain.understanding import Gist

TEXT_MAX_CHARS = 8_000
EARLIER_MAX_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Prompts:
    """The rules for each question. `version` is their hash."""

    understand: str
    draft: str
    version: str


def load_prompts() -> Prompts:
    """The prompts in the files beside this one."""
    folder = files(__package__)
    understand = (folder / "understand.txt").read_text("utf-8")
    draft = (folder / "draft.txt").read_text("utf-8")
    version = hashlib.sha256(f"{understand}\n{draft}".encode()).hexdigest()[:12]
    return Prompts(understand, draft, version)


def message_document(message: CustomerMessage) -> str:
    """The message to be understood, as the data it is."""
    return _json({"subject": message.subject, "message": message.body[:TEXT_MAX_CHARS]})


def draft_document(
    message: CustomerMessage, gist: Gist, wish: DraftWish, passages: Sequence[Passage]
) -> str:
    """All that a draft is made of."""
    return _json(
        {
            "conversation": {
                "customer_name": message.customer_name,
                "subject": message.subject,
                "message": message.body[:TEXT_MAX_CHARS],
                "earlier": [
                    {"kind": turn.kind, "text": turn.body[:EARLIER_MAX_CHARS]}
                    for turn in message.earlier
                    if turn.kind != "note"
                ],
            },
            "intent": gist.intent,
            "passages": [
                {"number": number, "title": passage.title, "text": passage.text}
                for number, passage in enumerate(passages, start=1)
            ],
            "wishes": {
                "instructions": wish.instructions,
                "tone": wish.tone,
                "language": wish.language or gist.language,
            },
        }
    )


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False)

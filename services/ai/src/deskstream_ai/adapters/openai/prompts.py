"""The input of a model behind the OpenAI API: customers' texts are data, in fields of JSON."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from deskstream_ai.domain.analysis import MessageSummary
from deskstream_ai.domain.draft import DraftOptions
from deskstream_ai.domain.message import CustomerMessage, Passage

TEXT_MAX_CHARS = 8_000
EARLIER_MAX_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Prompts:
    """The instructions for each question. `version` is their hash."""

    analyze: str
    draft: str
    version: str


def load_prompts() -> Prompts:
    """The prompts in the files beside this one."""
    folder = files(__package__)
    analyze = (folder / "analyze.txt").read_text("utf-8")
    draft = (folder / "draft.txt").read_text("utf-8")
    version = hashlib.sha256(f"{analyze}\n{draft}".encode()).hexdigest()[:12]
    return Prompts(analyze, draft, version)


def message_document(message: CustomerMessage) -> str:
    return _json({"subject": message.subject, "message": message.body[:TEXT_MAX_CHARS]})


def draft_document(
    message: CustomerMessage,
    summary: MessageSummary,
    options: DraftOptions,
    passages: Sequence[Passage],
) -> str:
    """The message to be answered, with everything a draft may use."""
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
            "intent": summary.intent,
            "passages": [
                {"number": number, "title": passage.title, "text": passage.text}
                for number, passage in enumerate(passages, start=1)
            ],
            "wishes": {
                "instructions": options.instructions,
                "tone": options.tone,
                "language": options.language or summary.language,
            },
        }
    )


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False)

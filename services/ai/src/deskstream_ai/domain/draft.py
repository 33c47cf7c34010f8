"""A reply that a model proposes, and the reasons why a person should look at it."""

from dataclasses import dataclass, replace

from deskstream_ai.domain.analysis import MessageSummary
from deskstream_contracts.events.model_run import ModelRun, Source

_CAUTIOUS_TAGS = ("possible_injection", "legal")


@dataclass(frozen=True, slots=True)
class DraftOptions:
    """How a person wants the draft to be."""

    instructions: str | None = None
    tone: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed reply. `confidence` is from 0 to 1; `cautions` are reasons for human review."""

    body: str
    confidence: float
    run: ModelRun
    language: str | None = None
    tone: str | None = None
    sources: tuple[Source, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoDraft:
    """No reply can be proposed: `reason` is a code, `detail` explains it to a person."""

    reason: str
    detail: str
    run: ModelRun | None = None


def with_cautions(draft: Draft, summary: MessageSummary, confidence_low: float) -> Draft:
    """The draft with the cautions that apply whichever model wrote it.

    A message that addresses the machine or threatens legal action needs human review, and so does
    a draft with a confidence below `confidence_low`.
    """
    found = [tag for tag in _CAUTIOUS_TAGS if tag in summary.tags]
    if draft.confidence < confidence_low:
        found.append("low_confidence")
    return replace(draft, cautions=tuple(dict.fromkeys((*draft.cautions, *found))))

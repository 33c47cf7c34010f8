"""Who decided what and when, so that a contradicting command can be refused with it."""

import hashlib
import json

from deskstream_contracts.events.ticket import Actor
from deskstream_contracts.model import Code, Instant, Part

_DIGEST_BYTES = 12


class Decision(Part):
    """The last decision about a ticket or a draft.

    Of the text that came with it (a note, a feedback, the words that were sent) only the digest is
    kept: it distinguishes a repeat from another text, and the text itself is in the log.
    """

    by: Actor
    at: Instant
    reason: Code | None = None
    text_digest: str | None = None


def decision(
    by: Actor, at: Instant, reason: str | None = None, text: str | None = None
) -> Decision:
    """The decision, with the digest of its text."""
    return Decision(by=by, at=at, reason=reason, text_digest=None if text is None else digest(text))


def attribution(known: Decision | None) -> str:
    """The decider and the time, for people; empty for a decision made before these were kept."""
    if known is None:
        return ""
    who = known.by.kind if known.by.id is None else f"{known.by.kind} {known.by.id}"
    return f" by {who} at {known.at.isoformat()}"


def otherwise(
    known: Decision | None, *, reason: tuple[str, str | None], text: tuple[str, str | None]
) -> tuple[str, ...]:
    """Which of (name, value) the decision does not have; what is left out is not asked for.

    Of a decision that was not kept nothing is known to be so.
    """
    (reason_name, wanted_reason), (text_name, wanted_text) = reason, text
    differing = []
    if wanted_reason is not None and (known is None or known.reason != wanted_reason):
        differing.append(reason_name)
    if wanted_text is not None and (known is None or known.text_digest != digest(wanted_text)):
        differing.append(text_name)
    return tuple(differing)


def digest(value: object) -> str:
    """A short text of fixed length for a JSON value; the order of keys does not matter."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()

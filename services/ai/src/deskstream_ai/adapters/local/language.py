"""The language of a message, by Compact Language Detector 2: 11 µs per message, 10 MB."""

import re

import pycld2  # type: ignore[import-untyped]

# CLD2 refuses control characters that are valid in JSON and UTF-8.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def language_of(text: str) -> str | None:
    """The BCP 47 tag of the text's language; None where the detector is not sure."""
    try:
        reliable, _, guesses = pycld2.detect(_CONTROLS.sub(" ", text), bestEffort=False)
    except pycld2.error:
        return None
    return guesses[0][1] if reliable and guesses[0][1] != "un" else None

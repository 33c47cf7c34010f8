"""A message as words, for the rules of the local model."""

import re
from collections.abc import Iterable

import Stemmer  # type: ignore[import-not-found]

TEXT_MAX_CHARS = 4_000
"""Only this many characters of a message are read: its intent is clear by then."""

_HANDLES_AND_ADDRESSES = re.compile(r"@\w+|https?://\S+")
_APOSTROPHES = str.maketrans("", "", "'’`")
_WORD = re.compile(r"\w+")

_stemmer = Stemmer.Stemmer("english")


def readable(text: str) -> str:
    """The text without @names, web addresses and # signs, which express nothing."""
    return _HANDLES_AND_ADDRESSES.sub(" ", text[:TEXT_MAX_CHARS]).replace("#", " ")


def plain_words(text: str) -> list[str]:
    """The words in lower case; "can't" is "cant"."""
    return _WORD.findall(text.lower().translate(_APOSTROPHES))


def stems(words: Iterable[str], ignored: frozenset[str]) -> list[str]:
    """The words that are not ignored, by their English stem (Porter 2)."""
    kept = [word for word in words if word not in ignored]
    stemmed: list[str] = _stemmer.stemWords(kept)
    return stemmed

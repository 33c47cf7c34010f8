"""A search for many phrases at once: its time grows with the text, not with the phrases."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from deskstream_ai.adapters.local.text import plain_words, stems

T = TypeVar("T")


class Phrases(Generic[T]):
    """Phrases, each with its group and its meaning.

    Of a group's phrases with the same stems ("thank", "thanks") the first counts. Raises
    `ValueError` for a phrase of ignored words alone.
    """

    def __init__(self, phrases: Iterable[tuple[str, str, T]], ignored: frozenset[str]) -> None:
        self._meanings: dict[tuple[str, ...], dict[str, T]] = {}
        for phrase, group, meaning in phrases:
            key = tuple(stems(plain_words(phrase), ignored))
            if not key:
                raise ValueError(f"the phrase {phrase!r} has no word that is not ignored")
            self._meanings.setdefault(key, {}).setdefault(group, meaning)
        self._length_max = max((len(key) for key in self._meanings), default=0)

    def found_in(self, stemmed: Sequence[str]) -> list[T]:
        """The meanings of the phrases in a text of these stems, each phrase counted once."""
        keys: dict[tuple[str, ...], None] = {}
        for length in range(1, self._length_max + 1):
            for start in range(len(stemmed) - length + 1):
                key = tuple(stemmed[start : start + length])
                if key in self._meanings:
                    keys[key] = None
        return [meaning for key in keys for meaning in self._meanings[key].values()]

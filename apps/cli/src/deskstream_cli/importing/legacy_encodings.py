"""Whether words, read in one of the older encodings, could be words of one language."""

import re
from collections.abc import Iterable, Mapping, Sequence

from deskstream_cli.importing.alphabets import (
    INSIDE_WORDS,
    LATIN,
    LONE_LETTERS,
    OTHER_SCRIPTS,
    TYPOGRAPHIC,
)

SINGLE_BYTE = (
    "cp1252", "iso8859_15", "cp1250", "iso8859_2", "cp1251", "koi8_u", "iso8859_5", "cp866",
    "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874", "cp437", "cp850", "cp852",
    "mac_roman",
)  # fmt: skip
MULTI_BYTE = ("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr")
_WORDS = re.compile(r"[A-Za-z\u0080-\U0010ffff]+")
_CJK_FROM = 0x2E80
_LATIN_TO = 0x250
_EACH_LATIN = tuple(frozenset(small + small.upper() + "İ") for small in LATIN.values())
_EACH_OTHER = tuple(frozenset(small + small.upper()) for small in OTHER_SCRIPTS.values())


def readings_that_fit(
    words: Sequence[bytes], lines: Sequence[bytes]
) -> Mapping[str, Sequence[str]]:
    """The words by each encoding in which they could be of one language.

    A character of several bytes may hold ASCII ones, so that those encodings read whole lines.
    """
    found = {}
    for encoding in (*SINGLE_BYTE, *MULTI_BYTE):
        try:
            if encoding in MULTI_BYTE:
                read = [word for line in lines for word in _WORDS.findall(line.decode(encoding))]
            else:
                read = [word.decode(encoding) for word in words]
        except UnicodeDecodeError:
            continue
        if _fits(read):
            found[encoding] = read
    return found


def _fits(words: Iterable[str]) -> bool:
    """Whether all words could be of one language: its letters, case and signs where they belong."""
    used: set[str] = set()
    for word in words:
        if not _is_well_formed(word):
            return False
        used.update(char for char in word if not char.isascii() and char not in TYPOGRAPHIC)
    if not used:
        return True
    if all(ord(char) >= _CJK_FROM for char in used):
        return True
    return any(used <= letters for letters in (*_EACH_LATIN, *_EACH_OTHER))


def _is_well_formed(word: str) -> bool:
    if len(word) == 1:
        return word in TYPOGRAPHIC or word in LONE_LETTERS or ord(word) >= _CJK_FROM
    scripts = {_script(char) for char in word if char.isalpha() and char not in TYPOGRAPHIC}
    if len(scripts) > 1:
        return False
    for before, char, after in zip(" " + word, word, word[1:] + " ", strict=False):
        if char.isalpha() and char not in TYPOGRAPHIC:
            beyond_ascii = not (char.isascii() and before.isascii())
            if char.isupper() and before.islower() and beyond_ascii:
                return False
        elif (char not in TYPOGRAPHIC and not char.isascii() and ord(char) < _CJK_FROM) or (
            before.isalpha() and after.isalpha() and char not in INSIDE_WORDS
        ):
            return False
    return True


def _script(char: str) -> str:
    if ord(char) < _LATIN_TO:
        return "latin"
    return "cjk" if ord(char) >= _CJK_FROM else "other"

"""Which encoding a file is in: known from its byte order mark, its bytes or the user, else refused.

Detectors that rank every encoding (charset-normalizer) always have a best one, which for a
customer's single `Zoë` is an Urdu code page. So the question asked here is another: can the bytes
be read in one way only? See docs/decisions/0013-csv-import.md.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from deskstream_cli.importing.legacy_encodings import readings_that_fit
from deskstream_cli.importing.refusals import FileRefused

_CHUNK_BYTES = 1 << 20
_WORDS_MAX = 5_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
"""How xlsx, ods and zip, xls, and gzip begin."""
_NOT_FOR_FILES = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
)
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_ISO_2022 = re.compile(rb"\x1b[$(][@ABIJ]")
_LINES_MAX = 200
_LINE_MAX_BYTES = 10_000
WESTERN = "cp1252"


def find_encoding(path: Path, given: str = "") -> str:
    """The codec to open the file with. Raises `FileRefused` when that is open to doubt."""
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise FileRefused("The file is empty.")
    if start.startswith(_NO_TEXT):
        raise FileRefused(
            "The file is a workbook or an archive, not CSV. Open it and save it as CSV (UTF-8)."
        )
    marked = next((codec for mark, codec in _MARKS if start.startswith(mark)), "")
    if given:
        return _given_encoding(path, given, marked)
    if marked:
        return marked
    findings = _Findings(path)
    if findings.has_nul:
        return _without_mark(path, findings)
    if findings.is_utf8:
        if findings.has_iso_2022:
            raise FileRefused(
                "The file switches character sets by escape sequences. "
                "Name its encoding: --encoding iso2022_jp, for example."
            )
        return "utf-8"
    if findings.has_some_utf8:
        raise FileRefused(
            f"Line {findings.bad_line} is not UTF-8, but other lines are: two encodings are mixed. "
            "Fix the file, or give --encoding utf-8 to import the other rows."
        )
    return _single_byte(findings)


class _Findings:
    """The findings of one pass over the bytes; its memory is bounded."""

    def __init__(self, path: Path) -> None:
        self.has_nul = False
        self.has_iso_2022 = False
        self.has_some_utf8 = False
        self.bad_line = 0
        self.words: set[bytes] = set()
        self.lines: list[bytes] = []
        decoder = codecs.getincrementaldecoder("utf-8")()
        line = 1
        for chunk in _chunks(path):
            self.has_nul = self.has_nul or b"\x00" in chunk
            if chunk.isascii() and not decoder.getstate()[0]:
                self.has_iso_2022 = self.has_iso_2022 or bool(_ISO_2022.search(chunk))
            else:
                self._gather(chunk)
                if not self.bad_line:
                    self._check(decoder, chunk, line)
            line += chunk.count(b"\n") or chunk.count(b"\r")
        if not self.bad_line and decoder.getstate()[0]:
            self.bad_line = line

    @property
    def is_utf8(self) -> bool:
        return self.bad_line == 0

    def _check(self, decoder: codecs.IncrementalDecoder, chunk: bytes, line: int) -> None:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            self.bad_line = line + (before.count(b"\n") or before.count(b"\r"))

    def _gather(self, chunk: bytes) -> None:
        if len(self.lines) < _LINES_MAX:
            lines = (line for line in chunk.splitlines() if not line.isascii())
            fitting = (line for line in lines if len(line) <= _LINE_MAX_BYTES)
            self.lines += islice(fitting, _LINES_MAX - len(self.lines))
        for word in _WORD.findall(chunk):
            if len(self.words) >= _WORDS_MAX:
                return
            if not word.isascii() and word not in self.words:
                self.words.add(word)
                self.has_some_utf8 = self.has_some_utf8 or _is_utf8(word)


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    """Pieces that end with a line where they can, so that no word is cut in two."""
    with path.open("rb") as file:
        rest = b""
        while block := file.read(_CHUNK_BYTES):
            block = rest + block
            end = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1 or len(block)
            yield block[:end]
            rest = block[end:]
        if rest:
            yield rest


def _without_mark(path: Path, findings: _Findings) -> str:
    """UTF-16 that lost its mark shows by where its zero bytes are; anything else is no text."""
    with path.open("rb") as file:
        sample = file.read(_CHUNK_BYTES)
    sample = sample[: len(sample) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.3 and even == 0:
        return "utf-16-le"
    if even > half * 0.3 and odd == 0:
        return "utf-16-be"
    if even + odd > half * 0.3:
        raise FileRefused("The file holds mostly NUL bytes: it is no text, or name its --encoding.")
    # A few NUL characters spoil their rows, not the file.
    return "utf-8" if findings.is_utf8 else _single_byte(findings)


def _single_byte(findings: _Findings) -> str:
    """cp1252 when no other encoding reads the words as other plausible ones."""
    readings = readings_that_fit(sorted(findings.words), findings.lines)
    western = readings.get(WESTERN)
    if western is not None and all(read == western for read in readings.values()):
        return WESTERN
    which = f"it could be {_list(readings)}" if readings else "its bytes do not say which"
    example = next(iter(readings), WESTERN)
    raise FileRefused(
        f"Line {findings.bad_line} is not UTF-8, and the file's encoding is not certain: {which}. "
        f"Name the one it was saved in and look at it first, for example --encoding {example} "
        "--dry-run (cp1252: Western Europe, cp1250: Central Europe, cp1251: Cyrillic)."
    )


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else f"{last}, or one we do not try"


def _given_encoding(path: Path, given: str, marked: str) -> str:
    try:
        info = codecs.lookup(given)
        is_text = "a".encode(given) != b"" and info.name not in _NOT_FOR_FILES
    except (LookupError, UnicodeError, TypeError, ValueError):
        is_text = False
    if not is_text:
        raise FileRefused(f"--encoding {given}: no such text encoding. Try cp1252 or utf-8.")
    if marked:
        if _family(info.name) != _family(marked):
            raise FileRefused(
                f"The file begins with the mark of {_family(marked)}, not of {given}. "
                "Leave --encoding out."
            )
        return marked
    if info.name in {"utf-16", "utf-32"}:
        raise FileRefused(
            f"The file has no byte order mark: give --encoding {info.name}-le or {info.name}-be."
        )
    if _is_single_byte(info.name):
        findings = _Findings(path)
        if findings.is_utf8 and findings.has_some_utf8:
            raise FileRefused(
                f"The file is UTF-8: read as {given} its letters would be garbled. "
                "Leave --encoding out."
            )
    return info.name


def _family(codec: str) -> str:
    families = ("utf-16", "utf-32", "utf-8")
    return next((family for family in families if codec.startswith(family)), codec)


def _is_single_byte(codec: str) -> bool:
    """Whether each byte of ASCII is a character, and each of the two of a `é` in UTF-8."""
    try:
        of_ascii = bytes(range(0x20, 0x7F)).decode(codec)
    except UnicodeDecodeError:
        return False
    return len(of_ascii) == 95 and len("é".encode().decode(codec, errors="replace")) == 2

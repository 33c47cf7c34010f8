"""Words of a file as the open words of the contracts: small letters, digits and _ . : -"""

import re
import unicodedata

from deskstream_cli.importing.limits import CODE_MAX_CHARS


def attribute_code(name: str) -> str:
    """A column's name as the code of an attribute; empty when nothing of it is left."""
    return _code(_without_accents(name))[:CODE_MAX_CHARS]


def whole_code(text: str) -> str:
    """A text as a code; empty when a letter of it would be lost, or the end."""
    letters = _without_accents(text)
    code = _code(letters)
    is_lost = any(char.isalnum() and not char.isascii() for char in letters)
    return "" if is_lost or len(code) > CODE_MAX_CHARS else code


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))


def _code(text: str) -> str:
    return re.sub(r"[^a-z0-9_.:-]+", "_", text).strip("_.:-")

"""Which characters a reader sees nothing of.

A text may hold them (they join emoji, turn the direction of writing, or belong to a quotation) and
they are kept in the record; a text of nothing else is empty to a reader.
"""

import unicodedata

# Separators, controls and format characters (Unicode general categories). Not the unassigned and
# the private ones: a newer Unicode, or the customer's font, may have a picture for them.
_INVISIBLE_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"})

# Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties.txt) in other categories, and the
# blank braille pattern and null notehead, which are pictures of nothing.
_INVISIBLE_RANGES = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065),
    (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
    (0x1D159, 0x1D159), (0xE0000, 0xE0FFF),
)  # fmt: skip


def is_invisible(character: str) -> bool:
    """Whether a reader sees nothing of it; white space is invisible too."""
    if unicodedata.category(character) in _INVISIBLE_CATEGORIES:
        return True
    code = ord(character)
    return any(first <= code <= last for first, last in _INVISIBLE_RANGES)


def is_blank(text: str) -> bool:
    return all(is_invisible(character) for character in text)

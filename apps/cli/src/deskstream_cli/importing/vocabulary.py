"""Words of other systems for priority, status and language, and what they are here.

The tables are part of the documentation (docs/how-to/import-a-csv-file.md) and are all there is: a
word that is not in them is reported and not guessed.
"""

import re
from collections.abc import Mapping

PRIORITIES: Mapping[str, str] = {
    **dict.fromkeys(("low", "lowest", "minor", "trivial", "p4", "p5"), "low"),
    **dict.fromkeys(("normal", "medium", "moderate", "standard", "default", "p3"), "normal"),
    **dict.fromkeys(("high", "important", "major", "p2"), "high"),
    **dict.fromkeys(
        ("urgent", "highest", "critical", "blocker", "emergency", "immediate", "p0", "p1"), "urgent"
    ),
}

STATUSES: Mapping[str, str] = {
    **dict.fromkeys(
        ("open", "new", "active", "reopened", "in progress", "assigned", "escalated", "to do",
         "waiting for support", "waiting on us"),
        "open",
    ),
    **dict.fromkeys(
        ("pending", "waiting", "awaiting reply", "waiting on customer", "waiting for customer",
         "awaiting customer", "waiting on contact"),
        "pending",
    ),
    **dict.fromkeys(
        ("on hold", "hold", "snoozed", "waiting on third party", "waiting for third party"),
        "on_hold",
    ),
    **dict.fromkeys(("resolved", "solved", "done", "fixed", "completed"), "resolved"),
    **dict.fromkeys(("closed", "archived"), "closed"),
}  # fmt: skip

LANGUAGES: Mapping[str, str] = {
    "arabic": "ar", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr",
    "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "estonian": "et",
    "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi",
    "hungarian": "hu", "icelandic": "is", "indonesian": "id", "italian": "it", "japanese": "ja",
    "korean": "ko", "latvian": "lv", "lithuanian": "lt", "malay": "ms", "norwegian": "no",
    "persian": "fa", "polish": "pl", "portuguese": "pt", "brazilian portuguese": "pt-BR",
    "romanian": "ro", "russian": "ru", "serbian": "sr", "slovak": "sk", "slovenian": "sl",
    "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk",
    "vietnamese": "vi", "deutsch": "de", "français": "fr", "español": "es", "italiano": "it",
    "português": "pt", "nederlands": "nl", "polski": "pl", "svenska": "sv", "dansk": "da",
    "suomi": "fi", "norsk": "no", "čeština": "cs", "русский": "ru", "українська": "uk",
    "日本語": "ja", "中文": "zh", "한국어": "ko",
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr",
    "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl", "dut": "nl", "rus": "ru",
    "jpn": "ja", "zho": "zh", "chi": "zh",
}  # fmt: skip

_ISO_639_1 = frozenset((
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg",
    "bh", "bi", "bm", "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv",
    "cy", "da", "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi",
    "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr",
    "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it", "iu", "ja",
    "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw",
    "ky", "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml",
    "mn", "mr", "ms", "mt", "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv",
    "ny", "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro",
    "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr",
    "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr",
    "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi",
    "yo", "za", "zh", "zu",
))  # fmt: skip
_TAG = re.compile(r"([a-z]{2})((?:-[a-z0-9]{2,8})*)")


def priority_of(text: str) -> str | None:
    """The priority a word means; None when it is not in the table."""
    return PRIORITIES.get(text.strip().lower())


def status_of(text: str) -> str | None:
    """The status a word means; None when it is not in the table."""
    return STATUSES.get(re.sub(r"[\s_-]+", " ", text.strip().lower()))


def language_of(text: str) -> str | None:
    """The BCP 47 tag of a language's name or tag in any spelling; None when it is neither."""
    plain = text.strip().lower()
    if plain in LANGUAGES:
        return LANGUAGES[plain]
    found = _TAG.fullmatch(plain.replace("_", "-").partition(".")[0])
    if found is None or found[1] not in _ISO_639_1:
        return None
    subtags = [_subtag(part) for part in found[2].split("-") if part]
    return "-".join([found[1], *subtags])


def _subtag(part: str) -> str:
    """As RFC 5646 section 2.1.1 writes them: `US`, `Hant`, else lower case."""
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part

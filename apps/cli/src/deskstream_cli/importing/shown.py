"""Text of a file as it is shown: harmless for the terminal, and not longer than asked."""

from deskstream_contracts.shown import shown_line


def shown(text: str, max_chars: int = 200) -> str:
    """The text in one line; what is cut off is marked by `…`."""
    return shown_line(text if len(text) <= max_chars else text[: max_chars - 1] + "…")

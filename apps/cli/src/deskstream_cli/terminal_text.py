"""Text from outside, made harmless for a terminal."""

JOINERS = frozenset("\u200c\u200d")
"""They only join letters and emoji, so they may stay."""


def harmless(text: str) -> str:
    r"""The text with its control, direction and invisible characters written out, like `\x1b`.

    A terminal obeys control sequences, and shows text after a direction override backwards.
    """
    return "".join(
        sign if sign.isprintable() or sign in JOINERS else sign.encode("unicode_escape").decode()
        for sign in text
    )

"""HTML in a cell becomes text. A cell is HTML when it contains HTML."""

import re

_BLOCKS = frozenset(
    ("p", "div", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "html",
     "blockquote", "body", "section", "article")
)  # fmt: skip
_BREAK = re.compile(r"<br\s*/?>|<!doctype html", re.I)
_STARTS = re.compile(r"\s*<(?:a|b|i|u|em|strong|span|font|small|code)(?:\s[^<>]*)?>", re.I)
_ENDS = re.compile(r"</\w+\s*>\Z", re.I)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(/?)>", re.I)
_CLOSE_BY_THEMSELVES = frozenset(
    ("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "area", "base",
     "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)  # fmt: skip
_DEPTH_MAX = 100
_BLANK_LINES = re.compile(r"\n{3,}")


class TooDeep(ValueError):
    """The HTML is nested so deeply that the parser would leave text out."""


def is_html(text: str) -> bool:
    """Whether a text is HTML: blocks that open and close, line breaks, or one element around it.

    A sentence that mentions `<b>` or `a < b` is not.
    """
    if "<" not in text:
        return False
    if _BREAK.search(text) or (_STARTS.match(text) and _ENDS.search(text[-40:].rstrip())):
        return True
    tags = [(closes, tag.lower()) for closes, tag, _ in _TAG.findall(text)]
    opened = {tag for closes, tag in tags if not closes}
    return any(closes and tag in opened and tag in _BLOCKS for closes, tag in tags)


def text_of_html(html: str) -> str:
    """The text a reader would see, with the addresses of links and what lists and tables say.

    Raises `TooDeep`: beyond 256 levels lxml drops what is inside without a word.
    """
    depth = 0
    for closes, tag, empty in _TAG.findall(html):
        if empty or tag.lower() in _CLOSE_BY_THEMSELVES:
            continue
        depth = max(depth - 1, 0) if closes else depth + 1
        if depth > _DEPTH_MAX:
            raise TooDeep(f"is HTML nested more than {_DEPTH_MAX} levels deep")
    from inscriptis import get_text  # noqa: PLC0415 (lxml is slow to load, and few files need it)
    from inscriptis.css_profiles import CSS_PROFILES  # noqa: PLC0415
    from inscriptis.model.config import ParserConfig  # noqa: PLC0415

    config = ParserConfig(
        css=CSS_PROFILES["strict"],
        display_links=True,
        display_images=True,
        deduplicate_captions=True,
    )
    text: str = get_text(html, config)
    lines = (line.rstrip().replace("\u00a0", " ") for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()

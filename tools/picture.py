"""Draws what a command printed, as the picture that the README shows.

desk demo | grep -v '^…' | sed '/^Look around/,$d' |
    python tools/picture.py 'make demo' > docs/images/demo.svg
"""

import io
import re
import sys

from rich.console import Console
from rich.text import Text

WIDTH = 100
# A picture fetches nothing: where Fira Code is not there, another monospaced font is as good.
_FONTS_FROM_ELSEWHERE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def main() -> None:
    """Reads the command's output from standard input and writes an SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(sys.stdin.read().rstrip()), soft_wrap=False)
    sys.stdout.write(_FONTS_FROM_ELSEWHERE.sub("", console.export_svg(title=sys.argv[1])))


if __name__ == "__main__":
    main()

"""The commands of README.md work as they are written."""

import re
from pathlib import Path

from page_commands import ROOT, Shell
from whole_stack import WholeStack


def commands_under(heading: str) -> str:
    """The shell block below a heading of the README."""
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"^## {heading}$.*?```bash\n(.*?)```", text, re.M | re.S)
    assert found is not None, f"README.md has no commands under {heading!r}"
    return found.group(1)


def test_try_it_by_hand(stack: WholeStack, tmp_path: Path) -> None:
    """As it is written; only that a followed log ends."""
    commands = commands_under("Try it by hand")
    script = re.sub(r"^(desk logs .* -f)", r"(timeout 2 \1 || test $? = 124)", commands, flags=re.M)
    output = Shell(tmp_path, stack).run(script)
    for shown in ('"version":1', '"tickets"', "6 rows: 6 new", "projection", "service.started"):
        assert shown in output, f"{shown} is not in what was shown:\n{output}"

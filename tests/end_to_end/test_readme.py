"""The commands of README.md work as they are written."""

import os
import re
import subprocess
import sys
from pathlib import Path

from whole_stack import WholeStack

README = Path(__file__).parents[2] / "README.md"


def commands_under(heading: str) -> str:
    """The shell block below a heading of the README."""
    found = re.search(rf"^## {heading}$.*?```bash\n(.*?)```", README.read_text(), re.M | re.S)
    assert found is not None, f"README.md has no commands under {heading!r}"
    return found.group(1)


def test_try_it_by_hand(stack: WholeStack, tmp_path: Path) -> None:
    """As it is written; only that a followed log ends."""
    (tmp_path / ".desk").symlink_to(stack.folder.root)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "demo").symlink_to(README.parent / "demo")
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\nwrite-out = \\n\n")
    commands = commands_under("Try it by hand")
    script = re.sub(r"^(desk logs .* -f)", r"(timeout 2 \1 || test $? = 124)", commands, flags=re.M)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=os.environ
        | {"DESK_DATA_DIR": str(stack.folder.root), "CURL_HOME": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for shown in ('"version":1', '"tickets"', "6 rows: 6 new", "projection", "service.started"):
        assert shown in done.stdout, f"{shown} is not in what was shown:\n{done.stdout}"

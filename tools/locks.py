"""Writes the hash-pinned locks, or says which are stale.

`requirements/dev.lock` pins the environment that holds everything. Each service has a lock of its
own (`requirements.lock`) and one for its tests (`requirements-test.lock`), so that its versions are
its own affair. No lock names an index. A lock's first line is a digest of what it was made from:
which is how `--check` sees, offline, that a dependency was changed and the lock was not.
"""

import argparse
import hashlib
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = ("contracts", "runtime", "localstack")
SERVICES = ("ingest", "ai", "escalation", "notify", "projection")
DIGEST_LABEL = "# made from: "
COMPILE_TIMEOUT_S = 300


@dataclass(frozen=True)
class Lock:
    """A lock file, and the projects and extras it pins."""

    path: Path
    projects: tuple[Path, ...]
    extras: tuple[str, ...] = ()
    tools: Path | None = None

    def digest(self) -> str:
        """Changes when a dependency of any project it pins is changed."""
        found = hashlib.sha256()
        for project in (*(ROOT / "libs" / name for name in OURS), *self.projects):
            table = tomllib.loads((project / "pyproject.toml").read_text())["project"]
            wanted = [table["name"], table["requires-python"], table.get("dependencies", [])]
            wanted.append(table.get("optional-dependencies", {}))
            found.update(repr(wanted).encode())
        if self.tools is not None:
            found.update(self.tools.read_bytes())
        return found.hexdigest()

    def is_stale(self) -> bool:
        """Whether it was made from other dependencies than are asked for now."""
        if not self.path.exists():
            return True
        first_line = self.path.read_text().partition("\n")[0]
        return first_line != DIGEST_LABEL + self.digest()

    def write(self, upgrade: bool) -> None:
        """Resolves anew; pinned versions stay unless `upgrade`. Raises CalledProcessError."""
        sources = [str(project / "pyproject.toml") for project in self.projects]
        sources += [str(self.tools)] if self.tools else []
        subprocess.run(
            [
                "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes",
                "--python-version", "3.11", "--no-header", "--no-annotate", "--no-emit-index-url",
                *(f"--extra={extra}" for extra in self.extras),
                *(f"--no-emit-package=deskstream-{name}" for name in (*OURS, *SERVICES, "cli")),
                *(["--upgrade"] if upgrade else []),
                "--output-file", str(self.path), *sources,
            ],
            check=True,
            timeout=COMPILE_TIMEOUT_S,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        pinned = "".join(
            line
            for line in self.path.read_text().splitlines(keepends=True)
            if not line.startswith(("#", "-e ", "--index"))
        )
        self.path.write_text(f"{DIGEST_LABEL}{self.digest()}\n{pinned}")


def all_locks() -> list[Lock]:
    """Every lock of the repository."""
    services = {name: ROOT / "services" / name for name in SERVICES}
    locks = [
        Lock(
            ROOT / "requirements" / "dev.lock",
            (
                *(ROOT / "libs" / name for name in OURS),
                *services.values(),
                ROOT / "apps" / "cli",
            ),
            extras=("test", "testing"),
            tools=ROOT / "requirements" / "dev.in",
        )
    ]
    for folder in services.values():
        locks.append(Lock(folder / "requirements.lock", (folder,)))
        locks.append(
            Lock(
                folder / "requirements-test.lock",
                (ROOT / "libs" / "runtime", ROOT / "libs" / "localstack", folder),
                extras=("test", "testing"),
            )
        )
    return locks


def main() -> int:
    """Exit status 1 when `--check` finds a stale lock."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say which locks are stale")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    arguments = parser.parse_args()
    locks = all_locks()
    if arguments.check:
        stale = [str(lock.path.relative_to(ROOT)) for lock in locks if lock.is_stale()]
        if stale:
            sys.stderr.write(f"stale: {', '.join(stale)}; run `make lock` and commit\n")
        return 1 if stale else 0
    for lock in locks:
        lock.write(arguments.upgrade)
        sys.stdout.write(f"{lock.path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

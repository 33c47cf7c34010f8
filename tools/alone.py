"""Tests and type-checks each service in an environment that holds that service alone.

The shared development environment hides an import that a service does not declare; this does not.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
SERVICES = ("ingest", "ai", "escalation", "notify", "projection")
TIMEOUT_S = 600


def main() -> int:
    """Exit status 1 when any of the chosen services fails; the others are tried all the same."""
    chosen = sys.argv[1:] or SERVICES
    failed = [service for service in chosen if not _passes_alone(service)]
    if failed:
        sys.stderr.write(f"fails alone: {', '.join(failed)}\n")
    return 1 if failed else 0


def _passes_alone(service: str) -> bool:
    started = time.monotonic()
    folder = ROOT / "services" / service
    with tempfile.TemporaryDirectory(prefix=f"deskstream-{service}-") as name:
        python = Path(name) / "venv" / "bin" / "python"
        package = f"deskstream_{service}"
        config = str(ROOT / "pyproject.toml")
        steps = (
            ["uv", "venv", "--quiet", "--python", sys.executable, str(python.parent.parent)],
            [*_install(python), "--require-hashes", "-r", str(folder / "requirements-test.lock")],
            [*_install(python), "--no-deps", *_editable(folder)],
            [str(python), "-m", package, "--help"],
            [
                str(python),
                "-m",
                "mypy",
                "--config-file",
                config,
                "-p",
                package,
            ],
            [str(python), "-m", "pytest", "-q", "-c", config, str(folder)],
        )
        passed, said = _run_all(steps, Path(name))
    seconds = time.monotonic() - started
    result = f"{service} alone: {'passed' if passed else 'FAILED'} in {seconds:.0f} s\n"
    sys.stdout.write(said + result)
    sys.stdout.flush()
    return passed


def _install(python: Path) -> list[str]:
    return ["uv", "pip", "install", "--quiet", "--python", str(python)]


def _editable(folder: Path) -> list[str]:
    """The libraries and the service, from the checkout: tests read examples that are there."""
    libraries = (ROOT / "libs" / name for name in ("contracts", "runtime", "localstack"))
    return [f"--editable={project}" for project in (*libraries, folder)]


def _run_all(steps: Sequence[Sequence[str]], home: Path) -> tuple[bool, str]:
    """Whether all steps passed, up to the first that does not; and what they said."""
    environment = os.environ | {"MYPY_CACHE_DIR": str(home / "mypy")}
    environment.pop("PYTHONPATH", None)
    said = ""
    for step in steps:
        done = subprocess.run(
            step,
            env=environment,
            timeout=TIMEOUT_S,
            check=False,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said += done.stdout
        if done.returncode != 0:
            return False, f"{said}failed ({done.returncode}): {' '.join(step)}\n"
    return True, said


if __name__ == "__main__":
    sys.exit(main())

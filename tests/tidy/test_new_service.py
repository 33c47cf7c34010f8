"""`make service` copies a service that has the shape: it runs, answers, passes checks and tests."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deskstream_localstack.testing import LocalStack

ROOT = Path(__file__).parents[2]
NAME = "loyalty"
COPIED = ("libs", "services", "apps", "tools", "tests", "docs", "deploy", "Makefile")
SETTINGS = {
    "DESK_POSTGRES_DSN": "postgresql://nobody:nothing@localhost/nowhere",
    "DESK_KAFKA_BOOTSTRAP": "localhost:1",
    "DESK_VALKEY_URL": "redis://localhost:1/0",
    "DESK_HTTP_PORT": "0",
}
SHAPE = {"__init__.py", "__main__.py", "app.py", "settings.py", "py.typed"} | {
    "api",
    "handlers",
    "adapters",
    "domain",
    "migrations",
}


class Checkout:
    """A copy of the repository in which the command of the page was given."""

    def __init__(self, folder: Path) -> None:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "node_modules")
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy(source, folder / name)
        shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
        self.folder = folder
        self.run("python", "tools/new_service.py", NAME)
        self.run("ruff", "format", "--quiet", ".")
        self.run("ruff", "check", "--fix", "--quiet", ".")

    def run(self, tool: str, *arguments: str, **variables: str) -> str:
        """Runs a tool of this environment on the copy. Raises `AssertionError` with its words."""
        sources = ":".join(str(source) for source in self.folder.glob("*/*/src"))
        done = subprocess.run(
            [Path(sys.executable).parent / tool, *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": sources} | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"))


def test_the_page_begins_with_the_copy() -> None:
    page = (ROOT / "docs" / "how-to" / "add-a-service.md").read_text()
    assert f"make service NAME={NAME}" in page
    makefile = (ROOT / "Makefile").read_text()
    assert "python tools/new_service.py $(NAME)" in makefile


def test_the_copy_has_the_shape(checkout: Checkout) -> None:
    service = checkout.folder / "services" / NAME
    package = service / "src" / f"deskstream_{NAME}"
    assert {path.name for path in package.iterdir()} - {"__pycache__"} == SHAPE
    template_left = [path for path in service.rglob("*.*") if "newservice" in path.name]
    assert template_left == []


def test_the_copy_answers_on_the_command_line(checkout: Checkout) -> None:
    module = f"deskstream_{NAME}"
    assert "serve" in checkout.run("python", "-m", module, "--help")
    keys = checkout.folder / "api-keys.json"
    keys.write_text('{"keys": []}')
    variables = SETTINGS | {"DESK_API_KEYS_FILE": str(keys)}
    document = json.loads(checkout.run("python", "-m", module, "openapi", **variables))
    assert "/v1/tickets/{ticket_id}/rating" in document["paths"]


def test_the_copy_passes_the_checks(checkout: Checkout) -> None:
    checkout.run("ruff", "check", ".")
    checkout.run("ruff", "format", "--check", ".")
    assert "0 broken" in checkout.run("lint-imports")
    checkout.run("mypy", f"services/{NAME}/src")


def test_the_copy_passes_its_tests_and_those_of_documents(
    checkout: Checkout, parts: LocalStack
) -> None:
    servers = {
        "DESK_TEST_KAFKA": parts.kafka_bootstrap,
        "DESK_TEST_POSTGRES": parts.postgres_dsn,
        "DESK_TEST_VALKEY": parts.valkey_url,
    }
    tests = (f"services/{NAME}", "tests/tidy/test_documents.py")
    said = checkout.run("pytest", "-q", "-k", NAME, *tests, **servers)
    assert "passed" in said


def test_a_name_that_cannot_be_one_is_refused(checkout: Checkout) -> None:
    for name in ("Loyalty", "loyal-ty", NAME):
        with pytest.raises(AssertionError, match=r"no name of a service|there already"):
            checkout.run("python", "tools/new_service.py", name)

"""All services, and the template of a new one, have one shape (ARCHITECTURE.md, "One shape").

Who has read one of them knows in which file of another a given thing is.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
PACKAGES = sorted(SERVICES.glob("*/src/deskstream_*"))

ROOT = {"__init__.py", "__main__.py", "app.py", "settings.py", "py.typed"} | {
    "api",
    "handlers",
    "adapters",
    "domain",
    "migrations",
}
PLACES = {
    r".*CommandHandlers": "handlers/commands.py",
    r".*EventHandlers": "handlers/events.py",
    r".*RebuildHandlers": "handlers/rebuild.py",
    r".*Worker": "handlers/workers",
    r".*Schedule": "handlers/schedules.py",
    r".+(Queries|Repository|Sender)": "adapters",
    r".*Settings": "settings.py",
}
"""Where a class of such a name is."""

Definition = tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]


def name_of(package: Path) -> str:
    return package.name.removeprefix("deskstream_")


@pytest.fixture(params=PACKAGES, ids=name_of)
def package(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


def modules(package: Path, under: str = "") -> Iterator[tuple[str, ast.Module]]:
    """Each module below a folder of the package, by its path."""
    for path in sorted((package / under).rglob("*.py")):
        yield str(path.relative_to(package)), ast.parse(path.read_text())


def definitions(package: Path, under: str = "") -> Iterator[Definition]:
    """Every class and function at the top of a module."""
    for path, module in modules(package, under):
        for node in module.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def imported(module: ast.Module) -> set[str]:
    """The names of the modules that a module imports from."""
    names = {
        node.module for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.module
    }
    return names | {
        alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.Import)
        for alias in node.names
    }


def test_nothing_else_is_at_the_root_of_a_service(package: Path) -> None:
    """Files of rules and other data may lie there."""
    there = {path.name for path in package.iterdir() if path.suffix not in {".toml", ".pyc"}}
    assert there - {"__pycache__"} <= ROOT
    assert {"app.py", "settings.py", "__main__.py", "migrations"} <= there


def test_a_service_is_built_in_app_alone(package: Path) -> None:
    builds = [path for path, node in definitions(package) if node.name == "build"]
    assert builds == ["app.py"]


def test_classes_are_where_their_names_say(package: Path) -> None:
    misplaced = [
        (path, node.name, where)
        for path, node in definitions(package)
        for name, where in PLACES.items()
        if isinstance(node, ast.ClassDef)
        and re.fullmatch(name, node.name)
        and not path.startswith(where)
    ]
    assert misplaced == []


def test_routers_are_functions_in_api(package: Path) -> None:
    routers = [
        (path, node)
        for path, node in definitions(package)
        if isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and "APIRouter" in ast.unparse(node.returns)
        and not node.name.startswith("_")
    ]
    assert routers
    for path, node in routers:
        assert path.startswith("api/"), path
        assert re.fullmatch(r"[a-z_]+_routers?", node.name), node.name


def test_handlers_know_no_http(package: Path) -> None:
    for path, module in modules(package, "handlers"):
        names = imported(module)
        assert not [name for name in names if re.match(r"fastapi|starlette", name)], path
        assert not [name for name in names if name.startswith("deskstream_runtime.http")], path


def test_queries_only_read(package: Path) -> None:
    for path, module in modules(package, "adapters"):
        if path.endswith("_queries.py"):
            words = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
            assert "Transaction" not in words, f"{path} writes, or asks for more than it needs"

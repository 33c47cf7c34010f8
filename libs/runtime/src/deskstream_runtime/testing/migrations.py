"""One migration by itself, to try it on rows from before it."""

from importlib.resources import files


def both_ways(package: str, version: str) -> tuple[str, str]:
    """The SQL of the package's migration of this version: forth, and back."""
    (file,) = (
        file
        for file in (files(package) / "migrations").iterdir()
        if file.name.startswith(f"{version}_")
    )
    up, _, down = file.read_text(encoding="utf-8").partition("-- migrate:down")
    return up, down

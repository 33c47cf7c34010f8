"""Migrations by themselves, to try one on rows from before it."""

from importlib.resources import files


def forth_and_back(package: str, since: str) -> tuple[str, str]:
    """The SQL of the package's migrations of version `since` and all later ones, both ways.

    The later ones too: they find what this one leaves, and it finds its tables as they were.
    """
    found = sorted(
        (file for file in (files(package) / "migrations").iterdir() if file.name >= since),
        key=lambda file: file.name,
    )
    parts = [file.read_text(encoding="utf-8").partition("-- migrate:down") for file in found]
    forth = "\n".join(up for up, _, _ in parts)
    return forth, "\n".join(down for _, _, down in reversed(parts))

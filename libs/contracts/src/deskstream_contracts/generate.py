"""Writes what is derived from the contracts; `--check` only lists what is stale.

python -m deskstream_contracts.generate [--check]
"""

import argparse
import json
import sys
from pathlib import Path

from pydantic import JsonValue

from deskstream_contracts.documents.asyncapi import asyncapi_document
from deskstream_contracts.documents.checkout import Checkout, this_checkout
from deskstream_contracts.documents.json_schema import ALL_BODIES, schema_of
from deskstream_contracts.documents.reference import flow_page, topics_page


def generated_files(checkout: Checkout) -> dict[Path, str]:
    """Every generated file and what must be in it."""
    schemas = {
        checkout.schemas / body.event_type / f"v{body.major}.json": _json(schema_of(body))
        for body in ALL_BODIES
    }
    return {
        **schemas,
        checkout.contracts / "asyncapi.json": _json(asyncapi_document(checkout)),
        checkout.reference / "topics.md": topics_page(),
        checkout.reference / "flow.md": flow_page(),
    }


def stale_files(checkout: Checkout) -> list[Path]:
    """The files that are missing, differ from the contracts, or belong to no event any more."""
    files = generated_files(checkout)
    orphans = [path for path in sorted(checkout.schemas.rglob("*.json")) if path not in files]
    wrong = [path for path, text in files.items() if _read(path) != text]
    return wrong + orphans


def write_files(checkout: Checkout) -> list[Path]:
    """Brings every generated file up to date. Returns those that were changed or removed."""
    stale = stale_files(checkout)
    files = generated_files(checkout)
    for path in stale:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
    return stale


def _json(value: JsonValue) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str], checkout: Checkout) -> int:
    """The command. Exit code 1 when `--check` finds something stale."""
    parser = argparse.ArgumentParser(prog="python -m deskstream_contracts.generate")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    check = parser.parse_args(arguments).check
    changed = stale_files(checkout) if check else write_files(checkout)
    sys.stdout.writelines(f"{'stale' if check else 'written'}: {path}\n" for path in changed)
    if check and changed:
        sys.stdout.write("Run `python -m deskstream_contracts.generate`, commit what it writes.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], this_checkout()))

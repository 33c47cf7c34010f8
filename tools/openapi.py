"""Writes the OpenAPI document of each service and, from these, the gateway's table of methods.

Each service is built as it is when it serves, and nothing is started. Several services share an
address, so none of them knows all its methods: the gateway answers 405, and names all in `Allow`.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from deskstream_contracts.topics import SERVICES
from deskstream_runtime.clock import utc_now

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference" / "openapi"
GATEWAY = ROOT / "deploy" / "gateway" / "envoy.yaml"
TABLE = re.compile(r"( *# --- methods: .*\n)(?:.*\n)*?( *# --- end of methods ---\n)")
OF_THE_GATEWAY = ("/", "/docs", "/openapi.json", "/health/live", "/health/ready")

# Values of the form that settings ask for. Nothing is called by them, and no document shows one.
SETTINGS = {
    "DESK_POSTGRES_DSN": "postgresql://nobody:nothing@localhost/nowhere",
    "DESK_KAFKA_BOOTSTRAP": "localhost:1",
    "DESK_VALKEY_URL": "redis://localhost:1/0",
    "DESK_HTTP_PORT": "0",
    "DESK_SMTP_HOST": "localhost",
    "DESK_SMTP_FROM": "nobody@example.com",
    "DESK_WEBHOOK_SECRET_KEYS": json.dumps([base64.urlsafe_b64encode(bytes(32)).decode()]),
}


def document(service: str) -> dict[str, Any]:
    """The document of a service. Raises `ValidationError` when `SETTINGS` lacks one it needs."""

    async def build() -> dict[str, Any]:
        settings = import_module(f"deskstream_{service}.settings").Settings()
        found: dict[str, Any] = (
            import_module(f"deskstream_{service}.app").build(settings, utc_now).app.openapi()
        )
        return found

    return asyncio.run(build())


def documents() -> dict[str, dict[str, Any]]:
    """Every service's document."""
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "api-keys.json"
        keys.write_text('{"keys": []}')
        # What a developer has set for his own stack must not show.
        for name in [name for name in os.environ if name.startswith("DESK_")]:
            del os.environ[name]
        os.environ.update(SETTINGS | {"DESK_API_KEYS_FILE": str(keys)})
        return {service: document(service) for service in SERVICES}


def methods_by_address(found: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """The methods of each address over all services; those without placeholders come first."""
    methods: dict[str, set[str]] = {address: {"get"} for address in OF_THE_GATEWAY}
    for one in found:
        for address, item in one["paths"].items():
            methods.setdefault(address, set()).update(item)
    return {
        address: sorted({name.upper() for name in names} | ({"HEAD"} if "get" in names else set()))
        for address, names in sorted(methods.items(), key=lambda one: (one[0].count("{"), one[0]))
    }


def gateway_table(methods: dict[str, list[str]]) -> str:
    """The gateway's routes that answer a method which an address has not."""
    indent = " " * 24
    patterns = {address: _pattern(address) for address in methods}
    lines = []
    for address, names in methods.items():
        pattern = patterns[address]
        # An address without placeholders may look like one with them, and has methods of its own.
        lookalikes = [
            patterns[other] + _QUERY
            for other in methods
            if other != address and "{" not in other and re.fullmatch(pattern, other)
        ]
        lines += [
            "- match:",
            f"    safe_regex: {{regex: {json.dumps(pattern)}}}",
            "    headers:",
            f"      - {_is_not(':method', '|'.join(names))}",
            *(f"      - {_is_not(':path', other)}" for other in lookalikes),
            "  direct_response: {status: 405}",
            f"  response_headers_to_add: [{{header: {{key: Allow, value: {', '.join(names)!r}}}}}]",
        ]
    return "".join(f"{indent}{line}\n" for line in lines)


# A path as Envoy matches it in headers has its query behind it.
_QUERY = r"(\?.*)?"


def _pattern(address: str) -> str:
    return "[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", address))


def _is_not(header: str, pattern: str) -> str:
    regex = f"{{safe_regex: {{regex: {json.dumps(pattern)}}}}}"
    return f"{{name: {json.dumps(header)}, string_match: {regex}, invert_match: true}}"


def generated_files() -> dict[Path, str]:
    """Every file and what must be in it."""
    found = documents()
    files = {
        FOLDER / f"{service}.json": json.dumps(one, indent=2, ensure_ascii=False) + "\n"
        for service, one in found.items()
    }
    table = gateway_table(methods_by_address(found.values()))
    text, count = TABLE.subn(lambda match: match[1] + table + match[2], GATEWAY.read_text())
    if count != 1:
        raise ValueError(f"{GATEWAY} has {count} tables of methods; it must have one")
    return files | {GATEWAY: text}


def main(arguments: list[str]) -> int:
    """Exit status 1 when `--check` finds something stale."""
    parser = argparse.ArgumentParser(prog="python tools/openapi.py")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    check = parser.parse_args(arguments).check
    files = generated_files()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in FOLDER.glob("*.json") if path not in files]
    for path in stale:
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}\n")
    if check and stale:
        sys.stdout.write("Run `make generate`, and commit what it writes.\n")
        return 1
    for path in () if check else stale:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

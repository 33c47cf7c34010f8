"""The API is what its documents say: Schemathesis asks all of it, through the gateway.

No server error, no undocumented status, media type or header, no answer that is not as its schema
says, no access without a key, nothing left of what was deleted. A longer look, by hand:
`API_EXAMPLES=50 pytest tests/end_to_end/test_api_documents.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from api_document import whole_document
from whole_stack import WholeStack

EXAMPLES = int(os.environ.get("API_EXAMPLES", "0"))
"""How many requests are drawn for an operation; with none, only those that cover its schema."""

TIMEOUT_S = 300 if not EXAMPLES else 7_200
CONFIGURATION = Path(__file__).parent / "schemathesis.toml"


def test_every_answer_is_documented(stack: WholeStack, tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(whole_document(stack.gateway)))
    phases = "coverage,fuzzing,stateful" if EXAMPLES else "coverage,stateful"
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={CONFIGURATION}",
            "run",
            str(document),
            f"--url={stack.gateway}",
            f"--header=Authorization: Bearer {stack.key}",
            f"--phases={phases}",
            f"--max-examples={EXAMPLES or 1}",
            *(() if EXAMPLES else ("--seed=1",)),
            "--generation-database=none",
            "--continue-on-failure",
            "--request-timeout=20",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]


def test_every_service_shows_its_document_and_a_page_that_needs_nothing_else(
    stack: WholeStack,
) -> None:
    with httpx.Client(base_url=stack.gateway, timeout=20) as client:
        index = client.get("/").raise_for_status().json()
        assert client.get("/docs").raise_for_status().headers["Content-Security-Policy"]
        for service, address in index["openapi"].items():
            document = client.get(address).raise_for_status().json()
            committed = _committed(service)
            assert document == committed, f"the {service} that runs is not the one committed"
            page = client.get(f"/docs/{service}").raise_for_status()
            assert "/docs/assets/swagger-ui-bundle.js" in page.text
        for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js"):
            assert client.get(f"/docs/assets/{name}").raise_for_status().content


def _committed(service: str) -> object:
    folder = Path(__file__).parents[2] / "docs" / "reference" / "openapi"
    return json.loads((folder / f"{service}.json").read_text())


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("DELETE", "/v1/tickets", "GET, HEAD, POST"),
        ("PUT", "/v1/articles", "GET, HEAD, POST"),
        ("OPTIONS", "/v1/rules/evaluate", "POST"),
    ],
)
def test_405_names_every_method(stack: WholeStack, method: str, address: str, allowed: str) -> None:
    with httpx.Client(base_url=stack.gateway, timeout=20) as client:
        answer = client.request(method, address)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


def test_head_is_answered_wherever_get_is(stack: WholeStack) -> None:
    headers = {"Authorization": f"Bearer {stack.key}"}
    with httpx.Client(base_url=stack.gateway, headers=headers, timeout=20) as client:
        for address in (
            "/v1/tickets",
            "/v1/analytics/summary",
            "/v1/rules",
            "/v1/webhooks",
            "/docs",
        ):
            head, got = client.head(address), client.get(address)
            assert (head.status_code, head.content) == (got.status_code, b"")
            assert head.headers["Content-Type"] == got.headers["Content-Type"]

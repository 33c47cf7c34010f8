"""Bad input gets the right problem document through the gateway, and changes nothing."""

import uuid

import pytest
from whole_stack import WholeStack

NO_TICKET = str(uuid.UUID(int=7))
JSON = {"Content-Type": "application/json"}

BAD_BODIES = {
    "malformed JSON": (b'{"body": "x"', 400),
    "not JSON": (b"hello", 400),
    "bad UTF-8": (b'{"body": "\xff\xfe"}', 400),
    "wrong type": (b'{"body": 7}', 422),
    "no body": (b"{}", 422),
    "blank body": (b'{"body": "  "}', 422),
    "unknown field": (b'{"body": "x", "colour": "red"}', 422),
    "unknown priority": (b'{"body": "x", "priority": "asap"}', 422),
    "wrong e-mail": (b'{"body": "x", "customer": {"email": "nobody"}}', 422),
    "NUL character": (b'{"body": "a\\u0000b"}', 422),
    "lone surrogate": (b'{"body": "\\ud800"}', 422),
    "a list": (b"[]", 422),
    "too large": (b'{"body": "' + b"x" * 1_048_576 + b'"}', 413),
    "far too large": (b'{"body": "' + b"x" * 2_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", BAD_BODIES)
async def test_bad_body(stack: WholeStack, name: str) -> None:
    content, status = BAD_BODIES[name]
    before = len(await stack.records("ticket.created"))
    async with stack.client() as client:
        answer = await client.post("/v1/tickets", content=content, headers=JSON)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert len(await stack.records("ticket.created")) == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/v1/tickets/{NO_TICKET}", 404),
        ("GET", "/v1/tickets/not-an-id", 422),
        ("GET", f"/v1/tickets/{NO_TICKET}/timeline", 404),
        ("POST", f"/v1/tickets/{NO_TICKET}/resolve", 404),
        ("POST", f"/v1/tickets/{NO_TICKET}/drafts/{NO_TICKET}/approve", 404),
        ("POST", "/ai/generate-response", 422),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/tickets?limit=100000", 422),
        ("GET", "/v1/tickets?cursor=forged", 422),
        ("DELETE", f"/v1/tickets/{NO_TICKET}", 405),
    ],
)
async def test_bad_address(stack: WholeStack, method: str, path: str, status: int) -> None:
    async with stack.client() as client:
        answer = await client.request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"X-API-Key": ""}, {"Authorization": "x"}]
)
async def test_wrong_key(stack: WholeStack, headers: dict[str, str]) -> None:
    async with stack.client() as client:
        client.headers.pop("Authorization")
        for path in ("/v1/tickets", "/v1/analytics/summary", "/v1/rules", "/v1/articles"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert (await client.post("/v1/tickets", json={"body": "x"})).status_code == 401


async def test_stale_version_changes_nothing(stack: WholeStack) -> None:
    async with stack.client() as client:
        ticket = (await client.post("/v1/tickets", json={"body": "Please help"})).json()
        path = f"/v1/tickets/{ticket['id']}"
        changed = await client.patch(path, json={"tags": ["one"]})
        stale = await client.patch(path, json={"tags": ["two"]}, headers={"If-Match": '"1"'})
        assert changed.status_code == 200, changed.text
        assert stale.status_code == 412
        read = await client.get(path, params={"min_version": changed.json()["version"]})
        assert "two" not in read.json()["tags"]

"""Bad requests get the right problem document and change nothing; good ones carry their trace."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from conftest import Bench, MakeBench, Running, running
from runtime_toy import TOPIC

from deskstream_runtime.http.api_keys import ApiKey
from deskstream_runtime.http.app import PUBLIC_PATHS
from deskstream_runtime.http.auth import scopes_by_route
from deskstream_runtime.testing.api_keys import bearer, key_of, write_api_keys
from deskstream_runtime.testing.waiting import eventually

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
JSON = {"Content-Type": "application/json"}


async def changed(bench: Bench) -> int:
    return await bench.count(
        "select (select count(*) from outcome) + (select count(*) from outbox)"
        " + (select count(*) from work) + (select count(*) from idempotency_key)"
    )


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and kind, after checking what every problem document must be."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    assert re.fullmatch(r"[0-9a-f]{32}", body["trace_id"])
    return answer.status_code, body["type"].removeprefix("urn:deskstream:problem:")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"text": ', (400, "malformed-json")),
        (b"", (422, "invalid-request")),
        (b"not json at all", (400, "malformed-json")),
        (b'{"text": "\xff\xfe"}', (400, "malformed-body")),
        (b"[" * 100_000, (400, "malformed-body")),
        (b'{"text": 7}', (422, "invalid-request")),
        (b'{"text": null}', (422, "invalid-request")),
        (b'{"text": "x", "colour": "red"}', (422, "invalid-request")),
        (b"[]", (422, "invalid-request")),
        (b'{"text": "' + b"x" * 1_001 + b'"}', (422, "invalid-request")),
        (b'{"text": "a\\u0000b"}', (422, "invalid-request")),
        (b'{"text": "\\ud800"}', (422, "invalid-request")),
        (b'{"text": "\\udfff tail"}', (422, "invalid-request")),
        (b'{"text": "x", "\\u0000": 1}', (422, "invalid-request")),
        (b'{"text": "' + b"x" * 1_100_000 + b'"}', (413, "too-large")),
    ],
)
async def test_a_bad_body_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, bench: Bench, body: bytes, expected: tuple[int, str]
) -> None:
    answer = await client.post("/v1/notes", content=body, headers=JSON)
    assert problem(answer) == expected
    assert await changed(bench) == 0


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "latin-1", "cp1252"]
)
async def test_a_body_in_another_encoding_is_refused_and_told_of_utf_8(
    client: httpx.AsyncClient, bench: Bench, encoding: str
) -> None:
    body = '{"text": "Größe"}'.encode(encoding)
    answer = await client.post("/v1/notes", content=body, headers=JSON)
    assert problem(answer) == (400, "malformed-body")
    assert "UTF-8" in answer.json()["detail"]
    assert await changed(bench) == 0


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/jsonx",
        "json",
    ],
)
async def test_a_body_that_is_not_said_to_be_json_is_refused(
    client: httpx.AsyncClient, bench: Bench, said: str | None
) -> None:
    headers = {} if said is None else {"Content-Type": said}
    answer = await client.post("/v1/notes", content=b'{"text": "x"}', headers=headers)
    assert problem(answer) == (415, "unsupported-media-type")
    assert "Content-Type: application/json" in answer.json()["detail"]
    assert await changed(bench) == 0


@pytest.mark.parametrize(
    "said",
    [
        "application/json",
        "Application/JSON; Charset=UTF-8",
        'application/json;charset="utf-8"',
        "application/merge-patch+json",
    ],
)
async def test_a_body_that_is_said_to_be_json_is_taken(
    client: httpx.AsyncClient, said: str
) -> None:
    body = '\ufeff{"text": "first", "text": "Größe"}'.encode()
    answer = await client.post("/v1/notes", content=body, headers={"Content-Type": said})
    assert answer.status_code == 201


async def test_of_a_member_named_twice_the_last_counts(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    body = b'{"text": "first", "text": "second"}'
    assert (await client.post("/v1/notes", content=body, headers=JSON)).status_code == 201
    assert await bench.value("select text from outcome limit 1") == "second"


async def test_a_wrong_field_is_pointed_at(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", json={"text": 7, "colour": "red"})
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/text", "/colour"}


async def test_one_wrong_value_is_told_in_the_singular(client: httpx.AsyncClient) -> None:
    one = (await client.post("/v1/notes", json={"text": 7})).json()["detail"]
    two = (await client.post("/v1/notes", json={"text": 7, "colour": 1})).json()["detail"]
    assert one.startswith("1 of the request's values is wrong")
    assert two.startswith("2 of the request's values are wrong")


@pytest.mark.parametrize("text", ["\\\\u0000", "\\ud83d\\ude00", "\\u00e9", "\\n"])
async def test_escapes_that_can_be_kept_are_taken(
    client: httpx.AsyncClient, bench: Bench, text: str
) -> None:
    answer = await client.post("/v1/notes", content=f'{{"text": "{text}"}}', headers=JSON)
    assert answer.status_code == 201
    kept = await bench.value("select text from outcome limit 1")
    assert kept == json.loads(f'"{text}"')


async def test_a_body_that_declares_no_length_is_counted_as_it_comes(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        for _ in range(110):
            yield b"x" * 10_000
        yield b'"}'

    answer = await client.post("/v1/notes", content=chunks(), headers=JSON)
    assert problem(answer) == (413, "too-large")
    assert await changed(bench) == 0


async def test_a_chunked_body_that_fits_is_taken(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"text": '
        yield b'"hello"}'

    assert (await client.post("/v1/notes", content=chunks(), headers=JSON)).status_code == 201


async def test_headers_are_bounded(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/notes", headers={"X-Long": "x" * 40_000})
    assert problem(answer) == (431, "headers-too-large")


@pytest.mark.parametrize("address", ["/v1/notes?like=%00", "/v1/notes%00"])
async def test_a_nul_in_an_address_is_refused(client: httpx.AsyncClient, address: str) -> None:
    assert problem(await client.get(address)) == (422, "invalid-request")


async def test_what_is_not_there_is_404(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/v1/nothing")) == (404, "not-found")


async def test_the_wrong_method_is_405(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/v1/notes")
    assert problem(answer) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert "GET, HEAD, POST" in answer.json()["detail"]


async def test_head_is_get_without_the_body(client: httpx.AsyncClient) -> None:
    got, head = await client.get("/v1/notes"), await client.head("/v1/notes")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == got.headers[name]
    refused = await client.head("/v1/nothing")
    assert (refused.status_code, refused.content) == (404, b"")
    assert (await client.head("/v1/broken")).status_code == 500


async def test_a_slash_at_the_end_is_no_redirect(client: httpx.AsyncClient) -> None:
    """A redirect would name a scheme, and behind TLS the wrong one."""
    answer = await client.post("/v1/notes/", json={"text": "x"})
    assert problem(answer) == (404, "not-found")
    assert "Did you mean /v1/notes?" in answer.json()["detail"]
    assert "Location" not in answer.headers


async def test_the_id_of_a_request_is_in_its_answer(client: httpx.AsyncClient) -> None:
    for path in ("/v1/notes", "/v1/nothing", "/v1/broken"):
        answer = await client.get(path, headers={"X-Request-Id": "order-66.a:b"})
        assert answer.headers["X-Request-Id"] == "order-66.a:b"
    assert answer.json()["request_id"] == "order-66.a:b"


@pytest.mark.parametrize("given", ["", "a b", "<script>", "x" * 129, "-", "a\tb"])
async def test_a_request_without_a_harmless_id_gets_one(
    client: httpx.AsyncClient, given: str
) -> None:
    answer = await client.get("/v1/nothing", headers={"X-Request-Id": given})
    assert UUID(answer.headers["X-Request-Id"])
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer wrong", "Basic abc", "Bearer " + "x" * 300])
async def test_no_key_or_a_wrong_one_is_401(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.get("/v1/notes", headers={"Authorization": key})
    assert problem(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_key_may_come_in_its_own_header(client: httpx.AsyncClient, api_key: str) -> None:
    headers = {"Authorization": "", "X-API-Key": api_key}
    assert (await client.get("/v1/notes", headers=headers)).status_code == 200


def file_of_keys_is(bench: Bench, text: str) -> None:
    Path(bench.settings.api_keys_file).write_text(text)


def keys_are(bench: Bench, *keys: ApiKey) -> None:
    write_api_keys(Path(bench.settings.api_keys_file), *keys)


async def test_a_key_without_the_scope_is_403(
    bench: Bench, run: Running, client: httpx.AsyncClient
) -> None:
    keys_are(bench, key_of("reader", "tickets:read", key_id="reader"))
    key = bearer("reader")
    assert (await client.get("/v1/notes", headers=key)).status_code == 200
    answer = await client.post("/v1/notes", json={"text": "x"}, headers=key)
    assert problem(answer) == (403, "forbidden")
    assert "tickets:write" in answer.json()["detail"]
    assert await changed(bench) == 0


async def test_a_mistake_of_ours_is_500_without_its_words(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/broken", headers={"traceparent": TRACEPARENT})
    assert problem(answer) == (500, "unexpected")
    assert "secret-from-within" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["trace_id"] == TRACE


async def test_too_many_at_once_are_503_but_health_answers(
    make_bench: MakeBench, api_key: str
) -> None:
    bench = await make_bench(http_in_flight_max=1)
    async with running(bench) as run:
        client = run.http
        begun, gate = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            begun.set()
            await gate.wait()
            yield b'{"text": "x"}'

        first = asyncio.create_task(client.post("/v1/notes", content=slow(), headers=JSON))
        await begun.wait()
        edge_busy = await eventually(lambda: _busy(client))
        assert problem(edge_busy) == (503, "busy")
        assert edge_busy.headers["Retry-After"] == "1"
        assert (await client.get("/health/live")).status_code == 200
        gate.set()
        assert (await first).status_code == 201


async def _busy(client: httpx.AsyncClient) -> httpx.Response | None:
    answer = await client.get("/v1/notes")
    return answer if answer.status_code == 503 else None


async def test_the_trace_of_a_request_is_in_the_events_that_follow(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    marker = str(uuid4())
    answer = await client.post(
        "/v1/notes", json={"text": marker}, headers={"traceparent": TRACEPARENT}
    )
    assert answer.status_code == 201

    async def sent() -> bool:
        events = [event for event in await bench.events_of_toy() if event.data.reason == "note"]
        return any(TRACE in (event.traceparent or "") for event in events)

    await eventually(sent)


async def test_a_revoked_key_stops_and_a_new_one_counts(
    bench: Bench, run: Running, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/v1/notes")).status_code == 200
    keys_are(bench, key_of("another", "tickets:read", key_id="another"))
    assert (await client.get("/v1/notes")).status_code == 401
    key = bearer("another")
    assert (await client.get("/v1/notes", headers=key)).status_code == 200


async def test_a_spoilt_file_of_keys_changes_nothing_and_health_says_so(
    bench: Bench, run: Running, client: httpx.AsyncClient
) -> None:
    file_of_keys_is(bench, '{"keys": [{"id": "secret-of-mine"')
    assert (await client.get("/v1/notes")).status_code == 200
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert "the keys read before stay in force" in ready.json()["warnings"]["api_keys"]
    assert "secret-of-mine" not in ready.text


async def test_health_answers_without_a_key_and_metrics_with_one(
    bench: Bench, run: Running
) -> None:
    async with httpx.AsyncClient(base_url=run.service.url) as client:
        assert (await client.get("/health/live")).json() == {"live": True}
        ready = await client.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json() == {"ready": True, "troubles": {}, "warnings": {}}
        working = await client.get("/health/working")
        assert working.status_code == 200
        assert working.json() == {
            "working": True,
            "ready": True,
            "troubles": {},
            "warnings": {},
        }
        assert problem(await client.get("/v1/notes"))[0] == 401
        assert problem(await client.get("/metrics")) == (401, "unauthenticated")
        keys_are(
            bench,
            key_of("reader", "tickets:read", key_id="reader"),
            key_of("scraper", "metrics:read", key_id="scraper"),
        )
        key = bearer("reader")
        assert problem(await client.get("/metrics", headers=key)) == (403, "forbidden")
        key = bearer("scraper")
        metrics = (await client.get("/metrics", headers=key)).text
    counted = 'duration_seconds_count{method="GET",route="/v1/notes",status="401"}'
    assert f"deskstream_http_request_{counted}" in metrics
    assert "deskstream_records_handled" in metrics


async def test_every_route_asks_for_a_permission(run: Running) -> None:
    asked = scopes_by_route(run.service.app)
    assert asked["POST /v1/notes"] == {"tickets:write"}
    assert {route for route, scopes in asked.items() if not scopes} == {
        f"GET {path}" for path in PUBLIC_PATHS
    }


async def test_problems_are_in_the_openapi_document(run: Running) -> None:
    document = run.service.app.openapi()
    operation = document["paths"]["/v1/notes"]["post"]
    answers = operation["responses"]
    assert {"400", "401", "403", "413", "415", "422", "503"} <= set(answers)
    assert {"415"}.isdisjoint(document["paths"]["/v1/notes"]["get"]["responses"])
    shared = document["components"]["responses"]
    assert [*shared["Unavailable"]["content"]] == ["application/problem+json"]
    assert shared["Unavailable"]["headers"]["Retry-After"]["required"]
    assert operation["security"] == [{"bearer": ["tickets:write"]}, {"header": ["tickets:write"]}]
    assert {"bearer", "header"} == set(document["components"]["securitySchemes"])
    assert document["openapi"].startswith("3.1")
    assert TOPIC not in json.dumps(document)

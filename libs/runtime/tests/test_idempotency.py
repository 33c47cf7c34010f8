"""`Idempotency-Key`: however often a command comes, its effect comes once."""

import asyncio

import httpx
import pytest
from conftest import Bench, Running

from deskstream_runtime.clock import utc_now
from deskstream_runtime.effects import Effects
from deskstream_runtime.http.idempotency import IdempotencyKeys
from deskstream_runtime.postgres.connection import Transaction


async def notes(bench: Bench) -> int:
    return await bench.count("select count(*) from outcome where text = 'hello'")


async def test_the_same_key_and_body_get_the_same_answer(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    key = {"Idempotency-Key": "k1"}
    first = await client.post("/v1/notes", json={"text": "hello"}, headers=key)
    again = await client.post("/v1/notes", json={"text": "hello"}, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await notes(bench) == 1


async def test_another_body_under_the_key_is_refused(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    key = {"Idempotency-Key": "k1"}
    await client.post("/v1/notes", json={"text": "hello"}, headers=key)
    other = await client.post("/v1/notes", json={"text": "other"}, headers=key)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:deskstream:problem:idempotency-key-reused"
    assert await bench.value("select count(*) from outcome where text = 'other'") == 0


async def test_without_a_key_each_request_counts(client: httpx.AsyncClient, bench: Bench) -> None:
    for _ in range(2):
        assert (await client.post("/v1/notes", json={"text": "hello"})).status_code == 201
    assert await notes(bench) == 2


async def test_many_at_once_with_one_key_have_one_effect(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    key = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(
        *(client.post("/v1/notes", json={"text": "hello"}, headers=key) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 9
    assert await notes(bench) == 1


async def test_a_refused_command_leaves_its_key_free(
    client: httpx.AsyncClient, bench: Bench
) -> None:
    key = {"Idempotency-Key": "k1"}
    refused = await client.post("/v1/notes", json={"text": 7}, headers=key)
    assert refused.status_code == 422
    assert (await client.post("/v1/notes", json={"text": "hello"}, headers=key)).status_code == 201
    assert await notes(bench) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_bounded_length(
    client: httpx.AsyncClient, bench: Bench, key: str
) -> None:
    answer = await client.post(
        "/v1/notes", json={"text": "hello"}, headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 422
    assert await notes(bench) == 0


async def test_old_keys_are_forgotten(
    client: httpx.AsyncClient, bench: Bench, run: Running
) -> None:
    await client.post("/v1/notes", json={"text": "hello"}, headers={"Idempotency-Key": "old"})
    await bench.query("update idempotency_key set created_at = now() - interval '73 hours'")
    await client.post("/v1/notes", json={"text": "hello"}, headers={"Idempotency-Key": "new"})
    keys = IdempotencyKeys(utc_now)

    async def forget(tx: Transaction) -> Effects:
        return await keys.forget_old(tx, 72)

    await run.infrastructure.unit_of_work.run(forget)
    assert [row["key"] for row in await bench.query("select key from idempotency_key")] == ["new"]

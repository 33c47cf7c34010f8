"""What the HTTP edge answers."""

from typing import Any

import httpx
import pytest
from escalation_story import Story

from deskstream_escalation.domain.facts import Facts

NOBODY = {"Authorization": "Bearer wrong"}


async def test_the_rules_in_force(http: httpx.AsyncClient) -> None:
    answer = (await http.get("/v1/rules")).json()
    by_name = {rule["name"]: rule for rule in answer["rules"]}
    assert by_name["very_negative_sentiment"]["then"] == "escalate"
    assert by_name["very_negative_sentiment"]["level"] == "1"
    assert by_name["requested"]["level"] == "requested_level"
    assert by_name["good_rating"]["then"] == "deescalate"
    assert by_name["sure_answer_to_simple_question"]["then"] == "auto_approve"
    assert {fact["name"] for fact in answer["facts"]} == set(Facts.model_fields)
    assert all(fact["meaning"] for fact in answer["facts"])


async def test_the_service_levels_in_force(http: httpx.AsyncClient) -> None:
    answer = (await http.get("/v1/sla")).json()
    assert answer["name"] == "standard"
    urgent = next(targets for targets in answer["targets"] if targets["priority"] == "urgent")
    assert urgent["first_response_s"] == 1800


async def test_trying_the_rules(http: httpx.AsyncClient) -> None:
    facts = {"sentiment": "very_negative", "sentiment_confidence": 0.9, "requested_level": 2}
    answer = (await http.post("/v1/rules/evaluate", json={"facts": facts})).json()
    assert answer["version"] == (await http.get("/v1/rules")).json()["version"]
    (fired,) = answer["fired"]
    assert (fired["rule"], fired["then"], fired["level"]) == (
        "very_negative_sentiment",
        "escalate",
        1,
    )


async def test_trying_the_rules_on_nothing(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/rules/evaluate", json={"facts": {}})
    assert answer.json()["fired"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"{}", 422),
        (b'{"facts": {"sentimnt": "negative"}}', 422),
        (b'{"facts": {"csat_score": 6}}', 422),
        (b'{"facts": {"open": "yes"}}', 422),
        (b'{"facts": {"status": "lost"}}', 422),
        (b'{"facts": {}, "more": 1}', 422),
        (b'{"facts": {"tags": [' + b'"a",' * 60 + b'"a"]}}', 422),
        (b'{"facts": {"queue": "' + b"q" * 1_100_000 + b'"}}', 413),
    ],
)
async def test_bad_input(http: httpx.AsyncClient, body: bytes, status: int) -> None:
    answer = await http.post(
        "/v1/rules/evaluate", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_no_clocks_of_an_unknown_ticket(http: httpx.AsyncClient) -> None:
    ticket_id = str(Story().ticket_id)
    answer = await http.get("/v1/sla/clocks", params={"ticket_id": ticket_id})
    assert answer.json() == {"ticket_id": ticket_id, "clocks": []}


async def test_clocks_of_no_ticket(http: httpx.AsyncClient) -> None:
    answers = [
        await http.get("/v1/sla/clocks"),
        await http.get("/v1/sla/clocks", params={"ticket_id": "1"}),
    ]
    assert [answer.status_code for answer in answers] == [422, 422]


async def test_every_route_asks_for_a_key(http: httpx.AsyncClient) -> None:
    answers: list[Any] = [
        await http.get(path, headers=NOBODY)
        for path in ("/v1/rules", "/v1/sla", "/v1/sla/clocks?ticket_id=1")
    ]
    answers.append(await http.post("/v1/rules/evaluate", json={}, headers=NOBODY))
    assert [answer.status_code for answer in answers] == [401] * 4

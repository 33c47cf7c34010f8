import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from ingest_desk import NEW_TICKET, Desk

from deskstream_contracts.events.ticket import TicketCreated

EXTERNAL = {"source": "zendesk", "id": "4711", "url": "https://z.example/4711"}


async def test_a_ticket_is_accepted(desk: Desk) -> None:
    answer = await desk.http.post("/v1/tickets", json=NEW_TICKET)

    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["Location"] == f"/v1/tickets/{body['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert (body["version"], body["status"], body["priority"]) == (1, "open", "normal")
    (event,) = await desk.outbox()
    assert isinstance(event.data, TicketCreated)
    assert event.subject == UUID(body["id"])
    assert (event.sequence, event.correlation_id, event.causation_id) == (1, event.id, None)
    assert event.data.customer.email == "anna@example.com"
    assert event.data.occurred_at == event.data.ticket.created_at == desk.clock.now


async def test_everything_that_can_be_said_is_in_the_event(desk: Desk) -> None:
    await desk.create(
        channel="email", priority="high", tags=["vip", "vip"], language="en-GB",
        external=EXTERNAL, attributes={"order": "7"}, occurred_at="2015-02-17T12:00:00+01:00",
        customer={"phone": "+1 (555) 010-0200", "external_id": "c7", "name": "Bo"},
    )  # fmt: skip
    (event,) = await desk.outbox()
    data = event.data
    assert isinstance(data, TicketCreated)
    assert (data.ticket.channel, data.ticket.priority, data.ticket.tags) == (
        "email", "high", ("vip",),
    )  # fmt: skip
    assert (data.language, data.attributes) == ("en-GB", {"order": "7"})
    assert data.occurred_at.isoformat() == "2015-02-17T12:00:00+01:00"
    assert data.ticket.created_at == desk.clock.now
    assert data.external is not None
    assert data.external.model_dump() == EXTERNAL
    assert (data.customer.phone, data.customer.external_id) == ("+15550100200", "c7")


async def test_the_same_person_is_the_same_customer(desk: Desk) -> None:
    first = await desk.create(customer={"email": "anna@example.com"})
    second = await desk.create(customer={"email": "ANNA@example.com", "name": "A."})
    nobody = await desk.create(customer={})
    assert first["customer_id"] == second["customer_id"] != nobody["customer_id"]


async def test_a_customer_id_of_the_callers_own_is_kept(desk: Desk) -> None:
    own = "0191b3a8-0000-7000-8000-000000000001"
    assert (await desk.create(customer={"id": own}))["customer_id"] == own


async def test_whatever_the_spelling_it_is_one_customer(desk: Desk) -> None:
    spellings = [
        "kim@bücher.example", "Kim@xn--bcher-kva.example.", " kim@bu\u0308cher.example",
    ]  # fmt: skip
    ids = [(await desk.create(customer={"email": email}))["customer_id"] for email in spellings]

    assert ids == ["677da74a-fc81-5d4d-a440-f46a816e3aeb"] * 3
    customers = [event.data.customer for event in await desk.outbox()]  # type: ignore[attr-defined]
    assert {customer.email for customer in customers} == {"kim@xn--bcher-kva.example"}


async def test_an_address_that_can_never_be_answered_is_told(desk: Desk) -> None:
    wrong = {"email": "kim..x@example.com", "phone": "020 7946 0018"}
    answer = await desk.http.post("/v1/tickets", json=NEW_TICKET | {"customer": wrong})

    assert answer.status_code == 422
    email, phone = answer.json()["errors"]
    assert email["pointer"] == "/customer/email"
    assert "two periods" in email["detail"]
    assert phone["pointer"].endswith("/customer/phone")
    assert "DESK_PHONE_REGION" in phone["detail"]
    assert await desk.outbox() == []


async def test_a_channel_that_must_not_lose_a_message_keeps_the_address_marked(desk: Desk) -> None:
    kept = {"email": "kim..x@example.com", "phone": "+15550100200", "unusable": "keep"}
    first = await desk.create(customer=kept, external=EXTERNAL)
    (event,) = await desk.outbox()
    assert isinstance(event.data, TicketCreated)
    customer = event.data.customer
    assert (customer.email, customer.phone) == (None, "+15550100200")
    assert customer.unusable_addresses == ("kim..x@example.com",)
    assert first["customer_id"] == "ef67c68a-5cc4-5429-9f6a-255430583c74"

    again = NEW_TICKET | {"customer": kept, "external": EXTERNAL}
    assert (await desk.http.post("/v1/tickets", json=again)).status_code == 200
    other = {"customer": kept | {"email": "unknown"}, "external": EXTERNAL}
    refused = await desk.http.post("/v1/tickets", json=NEW_TICKET | other)
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["pointer"] == "/customer/unusable"


async def test_an_address_that_is_none_identifies_nobody(desk: Desk) -> None:
    unknown = {"email": "unknown", "unusable": "keep"}
    one, other = [await desk.create(customer=unknown) for _ in range(2)]
    assert one["customer_id"] != other["customer_id"]


async def test_what_turns_or_controls_a_text_is_kept_in_the_record(desk: Desk) -> None:
    body = "\u202eevil\u202c \x1b[31mred\x07 \u200bend"
    await desk.create(body=body, subject="\u2067turned\u2069")
    (event,) = await desk.outbox()
    assert isinstance(event.data, TicketCreated)
    assert (event.data.body, event.data.subject) == (body, "\u2067turned\u2069")


async def test_of_two_keys_of_one_name_the_last_counts(desk: Desk) -> None:
    answer = await desk.http.post(
        "/v1/tickets",
        content=b'{"body": "first", "body": "last"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 201
    (event,) = await desk.outbox()
    assert isinstance(event.data, TicketCreated)
    assert event.data.body == "last"


@pytest.mark.parametrize("subject", [None, "", "  ", "\u200b\u3164"])
async def test_without_a_subject_the_first_line_serves(desk: Desk, subject: str | None) -> None:
    await desk.create(subject=subject, body="\n \u200b\n" + "lost luggage " * 20 + "\nsecond line")
    (event,) = await desk.outbox()
    assert isinstance(event.data, TicketCreated)
    assert event.data.subject.startswith("lost luggage")
    assert len(event.data.subject) == 80


async def test_a_time_ahead_of_ours_is_now(desk: Desk) -> None:
    await desk.create(occurred_at="2199-12-31T23:59:59Z")
    (event,) = await desk.outbox()
    assert isinstance(event.data, TicketCreated)
    assert event.data.occurred_at == desk.clock.now


async def test_a_ticket_of_another_system_is_accepted_once(desk: Desk) -> None:
    first = await desk.create(external=EXTERNAL)
    desk.clock.advance(3_600)
    repeat = dict(reversed((NEW_TICKET | {"external": EXTERNAL, "priority": "normal"}).items()))
    again = await desk.http.post("/v1/tickets", json=repeat)

    assert (again.status_code, again.json(), again.headers["ETag"]) == (200, first, '"1"')
    assert len(await desk.outbox()) == 1


async def test_another_text_under_a_known_external_id_is_refused(desk: Desk) -> None:
    first = await desk.create(external=EXTERNAL)
    other = {"external": EXTERNAL, "body": "x", "customer": {"email": "bo@example.com"}}
    again = await desk.http.post("/v1/tickets", json=NEW_TICKET | other)

    assert again.status_code == 409
    problem = again.json()
    assert all(name in problem["detail"] for name in (first["id"], "zendesk", "4711"))
    assert [error["pointer"] for error in problem["errors"]] == [
        "/body", "/customer/email", "/customer/name",
    ]  # fmt: skip
    assert "@example.com" not in again.text
    assert len(await desk.outbox()) == 1


async def test_a_colon_does_not_make_two_tickets_one(desk: Desk) -> None:
    one = await desk.create(external={"source": "shop:eu", "id": "7"})
    other = await desk.create(external={"source": "shop", "id": "eu:7"})
    assert one["id"] != other["id"]


async def test_a_customer_id_must_be_that_of_the_address(desk: Desk) -> None:
    known = (await desk.create())["customer_id"]
    agreeing = {"email": "anna@example.com", "id": known}
    assert (await desk.create(customer=agreeing))["customer_id"] == known
    contradicting = {"email": "anna@example.com", "id": "0191b3a8-0000-7000-8000-000000000001"}
    answer = await desk.http.post("/v1/tickets", json=NEW_TICKET | {"customer": contradicting})

    assert answer.status_code == 409
    assert known in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"] == "/customer/id"
    assert len(await desk.outbox()) == 2


async def test_a_race_of_the_same_ticket_has_one_winner(desk: Desk) -> None:
    body = NEW_TICKET | {"external": EXTERNAL}
    answers = await asyncio.gather(*(desk.http.post("/v1/tickets", json=body) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await desk.outbox()) == 1


async def test_a_race_of_one_idempotency_key_has_one_ticket(desk: Desk) -> None:
    headers = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(
        *(desk.http.post("/v1/tickets", json=NEW_TICKET, headers=headers) for _ in range(8))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(await desk.outbox()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": ""},
        {"body": " \n "},
        {"body": "x" * 65_537},
        {"body": "a\x00b"},
        {"body": 7},
        {"body": None},
        {"subject": "x" * 501},
        {"subject": "two\nlines"},
        {"subject": "\ud800"},
        {"channel": "E-Mail!"},
        {"occurred_at": "1969-12-31T23:59:59Z"},
        {"occurred_at": "0001-01-01T00:00:00Z"},
        {"occurred_at": "9999-12-31T23:59:59-14:00"},
        {"occurred_at": "9999-12-31T23:59:59Z"},
        {"occurred_at": "2200-01-01T00:00:00Z"},
        {"priority": "highest"},
        {"tags": ["a"] * 51},
        {"tags": ["Not A Tag"]},
        {"language": "english!"},
        {"customer": {"email": "not an address"}},
        {"customer": {"email": "a\x00@b"}},
        {"customer": {"email": "a@localhost"}},
        {"customer": {"email": "a\u200b@example.com"}},
        {"customer": {"phone": "0800 FLOWERS"}},
        {"customer": {"phone": "020 7946 0018"}},
        {"customer": {"email": "a@b", "unusable": "drop"}},
        {"body": "\u200b\u2800\u3164"},
        {"customer": {"nickname": "A"}},
        {"customer": []},
        {"external": {"source": "zendesk"}},
        {"external": {"source": "zendesk", "id": ""}},
        {"external": {"source": "zendesk", "id": "1", "url": "javascript:alert(1)"}},
        {"attributes": {"Not A Code": "x"}},
        {"attributes": {"order": 7}},
        {"attributes": {f"a{n}": "" for n in range(51)}},
        {"occurred_at": "yesterday"},
        {"occurred_at": 1_700_000_000},
        {"occurred_at": "2015-02-17T12:00:00"},
        {"unknown": 1},
    ],
)
async def test_wrong_values_change_nothing(desk: Desk, wrong: dict[str, Any]) -> None:
    answer = await desk.http.post(
        "/v1/tickets",
        content=json.dumps(NEW_TICKET | wrong),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert await desk.rows("ticket") == []
    assert await desk.outbox() == []


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 400), (b'{"body": "\xff"}', 400), (b"", 422), (b"[]", 422), (b'{"body": NaN}', 422)],
)
async def test_what_is_not_a_request_is_refused(desk: Desk, content: bytes, status: int) -> None:
    answer = await desk.http.post(
        "/v1/tickets", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status
    assert await desk.outbox() == []


async def test_a_key_is_needed(desk: Desk) -> None:
    answer = await desk.http.post(
        "/v1/tickets", json=NEW_TICKET, headers={"Authorization": "Bearer wrong"}
    )
    assert answer.status_code == 401
    assert await desk.outbox() == []

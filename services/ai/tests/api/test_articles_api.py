"""Articles over HTTP."""

from uuid import UUID, uuid4

import pytest
from ai_desk import AiDesk, types

ARTICLE = {"title": "Refunds", "body": "They take five days.", "tags": ["refund"]}


async def test_published_and_announced(desk: AiDesk) -> None:
    answer = await desk.http.post("/v1/articles", json=ARTICLE)
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/v1/articles/{body['id']}"
    [event] = await desk.outbox()
    assert (event.type, event.subject) == ("article.published", UUID(body["id"]))


async def test_the_same_key_publishes_once(desk: AiDesk) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = await desk.http.post("/v1/articles", json=ARTICLE, headers=headers)
    again = await desk.http.post("/v1/articles", json=ARTICLE, headers=headers)
    assert first.json() == again.json()
    assert len(await desk.rows("article")) == 1
    other = await desk.http.post("/v1/articles", json=ARTICLE | {"title": "X"}, headers=headers)
    assert other.status_code == 422


async def test_a_new_version_replaces_the_passages(desk: AiDesk) -> None:
    article = await desk.publish_article(**ARTICLE)
    changed = ARTICLE | {"body": "They take six days.\n\nSometimes seven."}
    answer = await desk.http.put(f"/v1/articles/{article['id']}", json=changed)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert [row["text"] for row in await desk.rows("passage")] == [
        "They take six days.",
        "Sometimes seven.",
    ]


async def test_the_same_content_is_no_new_version(desk: AiDesk) -> None:
    article = await desk.publish_article(**ARTICLE)
    answer = await desk.http.put(f"/v1/articles/{article['id']}", json=ARTICLE)
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert len(await desk.outbox()) == 1


async def test_an_id_that_the_caller_chooses(desk: AiDesk) -> None:
    article_id = uuid4()
    first = await desk.http.put(f"/v1/articles/{article_id}", json=ARTICLE)
    again = await desk.http.put(f"/v1/articles/{article_id}", json=ARTICLE)
    assert (first.status_code, again.status_code) == (201, 200)


async def test_a_stale_version_is_refused(desk: AiDesk) -> None:
    article = await desk.publish_article(**ARTICLE)
    url, headers = f"/v1/articles/{article['id']}", {"If-Match": '"4"'}
    put = await desk.http.put(url, json=ARTICLE | {"title": "X"}, headers=headers)
    delete = await desk.http.delete(url, headers=headers)
    assert (put.status_code, delete.status_code) == (412, 412)
    assert len(await desk.outbox()) == 1


async def test_any_version_is_a_version_of_what_exists(desk: AiDesk) -> None:
    any_version = {"If-Match": "*"}
    missing = await desk.http.put(f"/v1/articles/{uuid4()}", json=ARTICLE, headers=any_version)
    article = await desk.publish_article(**ARTICLE)
    url = f"/v1/articles/{article['id']}"
    there = await desk.http.put(url, json=ARTICLE, headers=any_version)
    malformed = await desk.http.delete(url, headers={"If-Match": "1"})
    assert (missing.status_code, there.status_code, malformed.status_code) == (412, 200, 422)
    assert "ETag" not in missing.headers
    assert malformed.json()["errors"][0]["parameter"] == "If-Match"


async def test_several_lines_of_if_match_are_one_list(desk: AiDesk) -> None:
    article = await desk.publish_article(**ARTICLE)
    url = f"/v1/articles/{article['id']}"
    changed = ARTICLE | {"title": "X"}
    lines = [("If-Match", '"7", "8"'), ("If-Match", '"1"')]
    there = await desk.http.put(url, json=changed, headers=lines)
    stale = await desk.http.put(url, json=ARTICLE, headers=lines)
    both = await desk.http.put(url, json=ARTICLE, headers=[("If-Match", "*"), *lines])
    assert (there.status_code, stale.status_code, both.status_code) == (200, 412, 422)
    assert stale.headers["ETag"] == '"2"'


async def test_withdrawn_once_and_quoted_no_more(desk: AiDesk) -> None:
    article = await desk.publish_article(**ARTICLE)
    url = f"/v1/articles/{article['id']}"
    first = await desk.http.delete(url, params={"reason": "outdated"})
    again = await desk.http.delete(url)
    assert first.json()["withdrawn_at"] is not None
    assert first.json() == again.json()
    assert await desk.rows("passage") == []
    assert types(await desk.outbox()) == ["article.published", "article.withdrawn"]
    back = await desk.http.put(url, json=ARTICLE)
    assert back.json()["version"] == 3


async def test_unknown_articles(desk: AiDesk) -> None:
    for answer in (
        await desk.http.get(f"/v1/articles/{uuid4()}"),
        await desk.http.delete(f"/v1/articles/{uuid4()}"),
    ):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_pages(desk: AiDesk) -> None:
    ids = [
        (await desk.publish_article(**ARTICLE | {"title": f"Number {n}"}))["id"] for n in range(5)
    ]
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(3):
        page = (await desk.http.get("/v1/articles", params={"limit": 2, **after})).json()
        seen += [item["id"] for item in page["items"]]
        after = {"after": page["next"]} if page.get("next") else {}
    assert seen == ids
    assert after == {}


async def test_withdrawn_articles_are_listed_on_demand(desk: AiDesk) -> None:
    article = await desk.publish_article(**ARTICLE)
    await desk.http.delete(f"/v1/articles/{article['id']}")
    assert (await desk.http.get("/v1/articles")).json()["items"] == []
    shown = await desk.http.get("/v1/articles", params={"withdrawn": True})
    assert [item["id"] for item in shown.json()["items"]] == [article["id"]]


async def test_found_by_title_with_a_typing_error_and_by_words_of_the_body(desk: AiDesk) -> None:
    article = await desk.publish_article(
        title="Cancellation of a booking", body="Within a day, for free."
    )
    await desk.publish_article(title="Opening hours", body="From nine to five.")
    for text in ("cancelation", "free day"):
        found = (await desk.http.get("/v1/articles", params={"q": text})).json()["items"]
        assert [item["id"] for item in found] == [article["id"]]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "", "body": "x"},
        {"title": " ", "body": "x"},
        {"title": "x", "body": "x" * 65_537},
        {"title": "x", "body": "a\x00b"},
        {"title": "x", "body": "x", "unknown": 1},
        {"title": "x", "body": "x", "tags": ["Not a code"]},
        {"title": "x", "body": "x", "url": "javascript:alert(1)"},
        {"title": "x", "body": "x", "audience": "everyone"},
    ],
)
async def test_wrong_articles_change_nothing(desk: AiDesk, body: dict[str, object]) -> None:
    answer = await desk.http.post("/v1/articles", json=body)
    assert answer.status_code == 422
    assert await desk.rows("article") == []


async def test_without_a_key_nothing_is_shown(desk: AiDesk) -> None:
    answer = await desk.http.get("/v1/articles", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401

"""Preparation before the first message: knowledge articles and a webhook subscription."""

from pathlib import Path
from uuid import UUID, uuid5

import httpx

from deskstream_cli.stack.errors import StackError

_ARTICLES = UUID("0f4b6c1e-5f0e-5a55-9d3f-6f1f7a6f2d11")
WEBHOOK_EVENT_TYPES = ("ticket.created", "ticket.resolved", "escalated", "sla.breached")


async def publish_articles(client: httpx.AsyncClient, folder: Path) -> int:
    """Publishes each Markdown file as an article, once; returns how many there are.

    The first line is the title. An article's id follows from the file's name, so that a changed
    file is a new version, and an unchanged one is nothing.
    """
    articles = {file.stem: _content(file) for file in _markdown_files(folder)}
    for name, content in articles.items():
        path = f"/v1/articles/{uuid5(_ARTICLES, name)}"
        known = await client.get(path)
        if known.status_code == httpx.codes.OK and content.items() <= known.json().items():
            continue
        stored = _expect(await client.put(path, json=content | {"language": "en"})).json()
        if not content.items() <= stored.items():
            raise StackError(f"The article {name} was accepted, but reads differently: see {path}.")
    return len(articles)


def _markdown_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.md"))


def _content(file: Path) -> dict[str, str]:
    title, _, body = file.read_text(encoding="utf-8").partition("\n")
    return {"title": title.removeprefix("# ").strip(), "body": body.strip()}


async def subscribe_catcher(client: httpx.AsyncClient, catcher_url: str) -> None:
    """Subscribes the catcher to some events, once, and gives it the signing secret."""
    url = f"{catcher_url}webhooks"
    known = _expect(await client.get("/v1/webhooks")).json()["items"]
    if any(webhook["url"] == url and not webhook.get("disabled_at") for webhook in known):
        return
    created = _expect(
        await client.post("/v1/webhooks", json={"url": url, "event_types": WEBHOOK_EVENT_TYPES})
    )
    secret = created.json()["secret"]
    _expect(await client.put(f"{catcher_url}webhook-secret", json={"secret": secret}))
    known = _expect(await client.get("/v1/webhooks")).json()["items"]
    if not any(webhook["url"] == url and not webhook.get("disabled_at") for webhook in known):
        raise StackError("The catcher was subscribed, and is not among the webhooks now.")


def _expect(response: httpx.Response) -> httpx.Response:
    if response.is_error:
        raise StackError(
            f"{response.request.method} {response.request.url.path} answered "
            f"{response.status_code}: {response.text[:300]}"
        )
    return response

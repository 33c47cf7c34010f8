"""The walks that ARCHITECTURE.md draws are those that run: traced on real servers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from walks import SOURCES, Trace, drawn_walks, passed_in_order, tracing

from deskstream_ai import app as ai
from deskstream_ai.settings import Settings as AiSettings
from deskstream_contracts import Event, topics_read_by
from deskstream_contracts.structured import from_document
from deskstream_ingest import app as ingest
from deskstream_ingest.settings import Settings as IngestSettings
from deskstream_projection import app as projection
from deskstream_projection.settings import Settings as ProjectionSettings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.service import Service
from deskstream_runtime.testing.log import begin_at_the_end, log_writer
from deskstream_runtime.testing.waiting import eventually

EXAMPLES = Path(__file__).parents[2] / "libs" / "contracts" / "examples"
COMMAND_FILES_MAX = 34
"""All files of ours that a command runs through, helpers included: a ratchet, to be lowered."""

Settings = Callable[..., Any]


def ticket_created() -> Event[Any]:
    """A live ticket of now."""
    event = from_document(json.loads((EXAMPLES / "ticket.created/v1/full.json").read_text()))
    return event._replace(time=utc_now(), data=event.data.model_copy(update={"imported": False}))


async def is_working(service: Service) -> None:
    """Returns once the service reads its topics."""

    async def works() -> bool:
        async with httpx.AsyncClient(base_url=service.url) as http:
            return (await http.get("/health/working")).status_code == 200

    await eventually(works, within_s=60, what="the service works")


async def passes(trace: Trace, drawn: list[str]) -> None:
    """Returns once all drawn files ran, in their order. Raises `AssertionError` with the rest."""

    def has_passed() -> bool:
        missing = passed_in_order(drawn, trace.files(drawn[0]))
        assert not missing, f"not called after the file above: {missing[0]}"
        return True

    await eventually(has_passed, within_s=30, what="the walk")


async def test_a_command_passes_the_drawn_files(
    service_settings: Settings, kafka_topics: str, api_key: str
) -> None:
    drawn = drawn_walks()["command"]
    service = ingest.build(service_settings(IngestSettings, "deskstream_ingest"))
    async with service.running():
        await is_working(service)
        async with httpx.AsyncClient(
            base_url=service.url, headers={"Authorization": f"Bearer {api_key}"}
        ) as http:
            with tracing() as trace:
                answer = await http.post(
                    "/v1/tickets", json={"body": "Hello?", "customer": {"email": "kim@example.com"}}
                )
        assert answer.status_code == 201, answer.text
    called = trace.files(drawn[0])
    assert passed_in_order(drawn, called) == []
    assert len(set(called)) <= COMMAND_FILES_MAX, sorted(set(called))
    assert trace.turns_back(drawn) == set()


async def test_an_event_passes_the_drawn_files(
    service_settings: Settings, kafka_topics: str
) -> None:
    drawn = drawn_walks()["event"]
    settings = service_settings(ProjectionSettings, "deskstream_projection")
    await begin_at_the_end(settings, topics_read_by("projection"))
    service = projection.build(settings, utc_now)
    async with service.running(), log_writer(kafka_topics) as log:
        await is_working(service)
        with tracing() as trace:
            await log.write(ticket_created())
            await passes(trace, drawn)
    assert trace.turns_back(drawn) == set()


async def test_work_passes_the_drawn_files(service_settings: Settings, kafka_topics: str) -> None:
    drawn = drawn_walks()["work"]
    settings = service_settings(AiSettings, "deskstream_ai")
    await begin_at_the_end(settings, topics_read_by("ai"))
    service = ai.build(settings)
    async with service.running(), log_writer(kafka_topics) as log:
        await is_working(service)
        with tracing() as trace:
            await log.write(ticket_created())
            await passes(trace, drawn)
    assert trace.turns_back(drawn) == set()


def test_a_turn_back_is_noticed() -> None:
    """Two files: the first calls the second, which calls back into the first."""
    first, second = "walk/first.py", "walk/second.py"
    files: dict[str, Any] = {}
    exec(compile("def begin(pass_on): pass_on(lambda: None)", SOURCES[0] + first, "exec"), files)
    exec(compile("def pass_on(back): back()", SOURCES[0] + second, "exec"), files)
    with tracing() as trace:
        files["begin"](files["pass_on"])
    assert trace.turns_back([first, second]) == set()
    assert trace.turns_back([first, second, first]) == {(first, second, first)}


def test_a_file_in_the_wrong_place_is_noticed() -> None:
    drawn = drawn_walks()["command"]
    assert passed_in_order(drawn, drawn) == []
    assert passed_in_order(drawn, drawn[::-1]) == drawn[1:]

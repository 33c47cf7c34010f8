"""The events of each message and each request for a draft, once."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from ai_desk import AiDesk, leased_row, message_added, reply_requested, ticket_created, types

from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.domain.analysis import MessageAnalysis, MessageSummary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_runtime.work.kind import Finished, RetryLater

ARTICLE = {
    "title": "When do refunds arrive?",
    "body": "A refund goes back to the card you paid with. It takes five to seven days.",
    "tags": ["refund"],
}


class Recorder:
    """The local model, with a record of its input."""

    def __init__(self) -> None:
        self._local = LocalModel()
        self.analyzed: list[CustomerMessage] = []
        self.shown: list[Sequence[Passage]] = []
        self.options: list[DraftOptions] = []

    @property
    def id(self) -> str:
        return self._local.id

    async def analyze(self, message: CustomerMessage) -> MessageAnalysis:
        self.analyzed.append(message)
        return await self._local.analyze(message)

    async def draft(
        self,
        message: CustomerMessage,
        summary: MessageSummary,
        options: DraftOptions,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        self.shown.append(passages)
        self.options.append(options)
        return await self._local.draft(message, summary, options, passages)


async def test_a_message_is_scored_triaged_and_answered(desk: AiDesk) -> None:
    article = await desk.publish_article(**ARTICLE)
    event = ticket_created("I am still waiting for my refund!")
    await desk.handle(event)
    assert await desk.perform_work() == []
    _, scored, triaged, drafted = await desk.outbox()
    assert types([scored, triaged, drafted]) == [
        "sentiment.scored",
        "ticket.triaged",
        "reply.drafted",
    ]
    data: Any = drafted.data
    assert "five to seven days" in data.body
    assert "Hi Maya" in data.body
    assert [(str(s.id), s.version, s.sha256) for s in data.sources] == [
        (article["id"], 1, article["sha256"])
    ]
    assert data.model.provider == "local"
    for published in (scored, triaged, drafted):
        assert (published.subject, published.causation_id, published.correlation_id) == (
            event.subject,
            event.id,
            event.id,
        )


async def test_without_an_article_a_human_must_write(desk: AiDesk) -> None:
    await desk.handle(ticket_created())
    await desk.perform_work()
    failed: Any = (await desk.outbox())[-1].data
    assert (failed.event_type, failed.reason) == ("reply.draft_failed", "no_knowledge")


async def test_a_message_is_analyzed_once(desk: AiDesk) -> None:
    model = Recorder()
    desk.use(model)
    event = ticket_created()
    await desk.handle(event)
    [work] = await desk.rows("work")
    await desk.perform_work()
    again = await desk.workers["understand"].perform(leased_row(work))
    await desk.store(leased_row(work), Finished(leased_row(work), again))
    assert len(model.analyzed) == 1
    assert len(await desk.outbox()) == 3


async def test_work_done_twice_at_once_is_published_once(desk: AiDesk) -> None:
    event = ticket_created()
    await desk.handle(event)
    [work] = await desk.rows("work")
    kind = desk.workers["understand"]
    leased = [leased_row(work), leased_row(work)]
    results = [await kind.perform(one) for one in leased]
    for one, result in zip(leased, results, strict=True):
        await desk.store(one, Finished(one, result))
    assert len(await desk.outbox()) == 3


async def test_many_messages_are_read_together(desk: AiDesk) -> None:
    await desk.publish_article(**ARTICLE)
    await desk.handle(*(ticket_created(f"Refund number {n}?") for n in range(12)))
    assert await desk.perform_work() == []
    assert types(await desk.outbox()).count("reply.drafted") == 12


async def test_the_model_sees_the_earlier_messages(desk: AiDesk) -> None:
    model = Recorder()
    desk.use(model)
    created = ticket_created("First message")
    await desk.handle(created)
    await desk.handle(message_added(created.subject, "Our answer", kind="outbound"))
    await desk.handle(message_added(created.subject, "Second message", version=3))
    await desk.perform_work()
    earlier = {m.body: [turn.body for turn in m.earlier] for m in model.analyzed}
    assert earlier == {"First message": [], "Second message": ["First message", "Our answer"]}


async def test_an_internal_article_is_never_shown(desk: AiDesk) -> None:
    await desk.publish_article(**ARTICLE, audience="internal")
    model = Recorder()
    desk.use(model)
    await desk.handle(ticket_created())
    await desk.perform_work()
    assert model.shown == [()]


async def test_an_article_in_another_language_is_not_shown(desk: AiDesk) -> None:
    await desk.publish_article(**ARTICLE, language="de")
    model = Recorder()
    desk.use(model)
    await desk.handle(ticket_created(language="en-GB"))
    await desk.perform_work()
    assert model.shown == [()]


async def test_the_best_passage_comes_first(desk: AiDesk) -> None:
    await desk.publish_article(title="Opening hours", body="The shop refunds nothing on Sundays.")
    await desk.publish_article(**ARTICLE)
    model = Recorder()
    desk.use(model)
    await desk.handle(ticket_created("When does my refund arrive on my card?"))
    await desk.perform_work()
    [passages] = model.shown
    assert passages[0].title == "When do refunds arrive?"
    assert passages[0].score > passages[-1].score


async def test_hostile_texts_find_nothing_and_break_nothing(desk: AiDesk) -> None:
    await desk.publish_article(**ARTICLE)
    texts = ["", "'; drop table article; --", "a & b | !c <-> (d", "\\' \\\\ :*", "refund " * 9_000]
    await desk.handle(*(ticket_created(text, "") for text in texts))
    assert await desk.perform_work() == []
    assert types(await desk.outbox()).count("sentiment.scored") == len(texts)


async def test_a_model_that_never_answers_leaves_an_event(desk: AiDesk) -> None:
    await desk.handle(ticket_created())
    await desk.give_up(TimeoutError())
    [failed] = await desk.outbox()
    data: Any = failed.data
    assert data.reason == "model_failed"
    assert data.detail == "The last attempt ended with TimeoutError."


async def test_a_draft_is_made_on_request(desk: AiDesk) -> None:
    await desk.publish_article(**ARTICLE)
    created = ticket_created("When does my refund arrive?")
    await desk.handle(created)
    await desk.perform_work()
    model = Recorder()
    desk.use(model)
    asked = reply_requested(created.subject, tone="formal", instructions="Be brief")
    await desk.handle(asked, asked)
    await desk.perform_work()
    await desk.handle(asked)
    assert await desk.rows("work") == []
    drafted: Any = (await desk.outbox())[-1].data
    assert (drafted.event_type, drafted.request_id) == ("reply.drafted", asked.data.request_id)
    assert drafted.message_id == created.data.message_id
    assert model.options == [DraftOptions("Be brief", "formal", None)]
    assert model.analyzed == [], "a message that was analyzed before is not analyzed again"


async def test_a_request_waits_for_its_ticket(desk: AiDesk) -> None:
    created = ticket_created()
    await desk.handle(reply_requested(created.subject))
    [error] = await desk.perform_work()
    assert isinstance(error, RetryLater)
    await desk.handle(created)
    assert await desk.perform_work() == []
    assert "reply.draft_failed" in types(await desk.outbox())


async def test_a_request_for_a_ticket_that_never_comes_fails(desk: AiDesk) -> None:
    asked = reply_requested(uuid4())
    await desk.handle(asked)
    await desk.give_up(RetryLater(1.0, "not yet"))
    [failed] = await desk.outbox()
    data: Any = failed.data
    assert (data.reason, data.request_id) == ("unknown_ticket", asked.data.request_id)

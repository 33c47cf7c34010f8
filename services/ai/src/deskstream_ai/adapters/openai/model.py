"""A model behind the OpenAI API. It has no tools, and texts of tickets are only data for it."""

from collections.abc import Sequence

from deskstream_ai.adapters.openai.answers import DraftAnswer, analysis_answer, answer_form
from deskstream_ai.adapters.openai.client import ChatClient
from deskstream_ai.adapters.openai.prompts import Prompts, draft_document, message_document
from deskstream_ai.domain.analysis import MessageAnalysis, MessageSummary, Sentiment, Triage
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_ai.domain.model import InvalidAnswer


class OpenAIModel:
    """Raises `ModelUnavailable` or `InvalidAnswer` where it has no valid answer."""

    def __init__(
        self, client: ChatClient, prompts: Prompts, name: str, queues: dict[str, str]
    ) -> None:
        """`queues`: the intents that the model chooses from, each with its queue."""
        self._client = client
        self._prompts = prompts
        self._name = name
        self._queues = queues
        self._analysis = answer_form(analysis_answer(tuple(queues)))
        self._draft = answer_form(DraftAnswer)

    @property
    def id(self) -> str:
        return f"openai:{self._name}:{self._prompts.version}"

    async def analyze(self, message: CustomerMessage) -> MessageAnalysis:
        reply = await self._client.ask(
            self._prompts.analyze,
            message_document(message),
            self._analysis,
            prompt_version=self._prompts.version,
            customer_id=message.customer_id,
        )
        answer = reply.answer
        return MessageAnalysis(
            Sentiment(answer.sentiment, answer.sentiment_score, answer.sentiment_confidence),
            Triage(
                intent=answer.intent,
                intent_confidence=answer.intent_confidence,
                priority=answer.priority,
                priority_confidence=answer.priority_confidence,
                queue=self._queues.get(answer.intent),
                language=message.language or answer.language,
                tags=tuple(dict.fromkeys(answer.tags)),
                reasons=tuple(answer.reasons),
            ),
            reply.run,
        )

    async def draft(
        self,
        message: CustomerMessage,
        summary: MessageSummary,
        options: DraftOptions,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        reply = await self._client.ask(
            self._prompts.draft,
            draft_document(message, summary, options, passages),
            self._draft,
            prompt_version=self._prompts.version,
            customer_id=message.customer_id,
        )
        answer = reply.answer
        if not answer.answerable:
            return NoDraft("no_knowledge", "The model found no answer in the articles.", reply.run)
        if not answer.body.strip():
            raise InvalidAnswer("empty", "the draft has no text")
        if any(number > len(passages) for number in answer.sources):
            raise InvalidAnswer("invented_source", "the draft names a passage it was not shown")
        return Draft(
            body=answer.body,
            confidence=answer.confidence,
            run=reply.run,
            language=answer.language,
            tone=options.tone,
            sources=tuple(
                passages[number - 1].as_source() for number in dict.fromkeys(answer.sources)
            ),
            cautions=(*answer.cautions, *(() if answer.sources else ("no_source",))),
        )

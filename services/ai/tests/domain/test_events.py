"""The events of a model's output, and the cautions of drafts."""

from datetime import UTC, datetime
from uuid import UUID

from deskstream_ai.domain.analysis import MessageAnalysis, MessageSummary, Sentiment, Triage
from deskstream_ai.domain.draft import Draft, NoDraft, with_cautions
from deskstream_ai.domain.events import analysis_events, draft_event, past_analysis_events
from deskstream_contracts import Cause
from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.reply import ReplyDrafted, ReplyDraftFailed

NOW = datetime(2026, 1, 15, tzinfo=UTC)
RUN = ModelRun(provider="local", name="rules", version="1")
MESSAGE, TICKET = UUID(int=3), UUID(int=4)
CAUSE = Cause(id=UUID(int=1), subject=TICKET, correlation_id=UUID(int=2), traceparent="00-aa-bb-01")


def test_an_analyzed_message_is_two_events() -> None:
    analysis = MessageAnalysis(
        Sentiment("negative", -0.4, 0.7), Triage("refund", 0.8, "high", 0.6, "billing"), RUN
    )
    scored, triaged = analysis_events(MESSAGE, analysis, NOW)
    assert (scored.label, scored.score, scored.model) == ("negative", -0.4, RUN)
    assert (triaged.intent, triaged.priority, triaged.queue) == ("refund", "high", "billing")


def test_an_imported_message_is_analyzed_in_the_past() -> None:
    analysis = MessageAnalysis(
        Sentiment("negative", -0.4, 0.7), Triage("refund", 0.8, "high", 0.6), RUN
    )
    long_ago = datetime(2019, 5, 1, tzinfo=UTC)
    past = past_analysis_events(MESSAGE, analysis, long_ago)
    assert [(data.imported, data.occurred_at) for data in past] == [(True, long_ago)] * 2
    assert [data.imported for data in analysis_events(MESSAGE, analysis, NOW)] == [False, False]


def test_a_draft_is_based_on_a_summary_of_the_analysis() -> None:
    triage = Triage("refund", 0.8, "high", 0.6, language="de", tags=("legal",))
    analysis = MessageAnalysis(Sentiment("negative", -0.4, 0.7), triage, RUN)
    assert analysis.summary == MessageSummary("refund", 0.8, "negative", "de", ("legal",))


def test_a_retry_makes_the_same_event() -> None:
    draft = Draft(body="Hello", confidence=0.5, run=RUN)
    first, again = (draft_event(CAUSE, MESSAGE, draft, NOW) for _ in "12")
    assert first == again
    assert (first.subject, first.causation_id, first.correlation_id) == (
        TICKET,
        CAUSE.id,
        CAUSE.correlation_id,
    )
    assert isinstance(first.data, ReplyDrafted)


def test_no_draft_is_an_event_as_well() -> None:
    event = draft_event(CAUSE, MESSAGE, NoDraft("no_knowledge", "None fits."), NOW, attempts=2)
    failed = event.data
    assert isinstance(failed, ReplyDraftFailed)
    assert (failed.reason, failed.attempts, failed.detail) == ("no_knowledge", 2, "None fits.")


def test_a_draft_for_a_message_that_addresses_the_machine_carries_a_caution() -> None:
    draft = Draft(body="Hello", confidence=0.9, run=RUN)
    summary = MessageSummary("refund", 0.9, "neutral", tags=("possible_injection", "churn_risk"))
    assert with_cautions(draft, summary, 0.4).cautions == ("possible_injection",)


def test_an_unsure_draft_carries_a_caution_and_a_sure_one_none() -> None:
    summary = MessageSummary("refund", 0.9, "neutral")
    assert with_cautions(Draft("Hi", 0.39, RUN), summary, 0.4).cautions == ("low_confidence",)
    assert with_cautions(Draft("Hi", 0.4, RUN), summary, 0.4).cautions == ()

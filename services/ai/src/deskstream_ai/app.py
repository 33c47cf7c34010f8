"""Builds the service: the only place where its parts are made and joined."""

from collections.abc import Mapping
from typing import Any

from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.adapters.fallback import ModelWithFallback
from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.api.refusals import REFUSALS
from deskstream_ai.api.routes import articles_router, drafts_router
from deskstream_ai.domain.model import Model
from deskstream_ai.handlers.commands import CommandHandlers
from deskstream_ai.handlers.events import EventHandlers
from deskstream_ai.handlers.rebuild import ANALYSIS_EVENTS, ARTICLE_EVENTS, RebuildHandlers
from deskstream_ai.handlers.workers.analyze_message import AnalysisWorker
from deskstream_ai.handlers.workers.analyze_past_message import PastAnalysisWorker
from deskstream_ai.handlers.workers.draft_reply import DraftWorker
from deskstream_ai.handlers.workers.drafter import Drafter
from deskstream_ai.handlers.workers.payloads import AnalyzeMessage, AnalyzePastMessage, DraftReply
from deskstream_ai.settings import OpenAISettings, Settings
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected, ReplyRequested
from deskstream_contracts.events.ticket import TicketCreated, TicketMessageAdded, TicketUpdated
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import on
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service, no_warnings
from deskstream_runtime.work.kind import WorkKind

TABLES: Mapping[str, tuple[str, ...]] = {
    "conversation": (),
    "conversation_message": (),
    "customer": (),
    "understanding": (),
    "draft_request": (),
    "draft_feedback": (),
    "article": (),
    "passage": (),
}
"""All are made again from the log."""

_WORK_MARGIN_S = 10.0
_MODEL_CALLS_PER_WORK = 2


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """The service, ready to be started. Raises an error that names a wrong rule or setting."""
    infrastructure = Infrastructure("ai", settings, clock)
    database = infrastructure.database
    model = build_model(settings, clock)
    queries = BatchQueries(database)
    drafter = Drafter(model, queries, database, settings.ai_confidence_low)
    timeout_s = _MODEL_CALLS_PER_WORK * settings.ai_openai_timeout_s + _WORK_MARGIN_S
    analysis = AnalysisWorker(model, queries, drafter, clock)
    past_analysis = PastAnalysisWorker(model, queries, clock)
    drafts = DraftWorker(drafter, clock)
    work = [
        _work(AnalyzeMessage, analysis, settings.ai_understand_concurrency_max, timeout_s),
        _work(AnalyzePastMessage, past_analysis, settings.ai_analyse_concurrency_max, timeout_s),
        _work(DraftReply, drafts, settings.ai_draft_concurrency_max, timeout_s),
    ]
    events = EventHandlers(clock)
    commands = CommandHandlers(clock)
    rebuild = RebuildHandlers()
    routes = [
        on(events.ticket_created, TicketCreated),
        on(events.message_added, TicketMessageAdded),
        on(events.ticket_updated, TicketUpdated),
        on(events.customer_enriched, CustomerEnriched),
        on(events.reply_requested, ReplyRequested),
        on(events.draft_decided, ReplyApproved),
        on(events.draft_decided, ReplyRejected),
    ]
    own = [on(rebuild.analyses, *ANALYSIS_EVENTS), on(rebuild.articles, *ARTICLE_EVENTS)]
    return Service(
        infrastructure,
        routes=routes,
        work=work,
        routers=[
            drafts_router(infrastructure.commands, commands, drafter),
            articles_router(infrastructure.commands, commands, database),
        ],
        refusals=REFUSALS,
        rebuild=RebuildPlan([*routes, *own], TABLES),
        warnings=model.warnings if isinstance(model, ModelWithFallback) else no_warnings,
        breakers={"model": model.circuits_open} if isinstance(model, ModelWithFallback) else {},
    )


def _work(
    payload: type[AnalyzeMessage | AnalyzePastMessage | DraftReply],
    worker: AnalysisWorker | PastAnalysisWorker | DraftWorker,
    concurrency_max: int,
    timeout_s: float,
) -> WorkKind[Any]:
    return WorkKind(
        payload.kind,
        worker.perform,
        worker.finish,
        worker.give_up,
        concurrency_max=concurrency_max,
        timeout_s=timeout_s,
    )


def build_model(settings: Settings, clock: Clock) -> LocalModel | ModelWithFallback:
    """The model that the settings choose; any other than the local one has it as a fallback."""
    local = LocalModel()
    chosen = settings.openai()
    if chosen is None:
        return local
    return ModelWithFallback(
        _provider_model(chosen, local),
        local,
        failures_max=chosen.failures_max,
        pause_s=chosen.pause_s,
        clock=clock,
    )


def build_checked_model(chosen: OpenAISettings) -> Model:
    """The provider's model without a fallback, which would hide its errors from a check."""
    return _provider_model(chosen, LocalModel())


def _provider_model(chosen: OpenAISettings, local: LocalModel) -> Model:
    """The provider's model, which chooses from the intents of the local one."""
    # Imported late: it takes a second and 43 MB that the local model does not need.
    from deskstream_ai.adapters.openai.client import ChatClient  # noqa: PLC0415
    from deskstream_ai.adapters.openai.model import OpenAIModel  # noqa: PLC0415
    from deskstream_ai.adapters.openai.prompts import load_prompts  # noqa: PLC0415

    return OpenAIModel(ChatClient(chosen), load_prompts(), chosen.model, local.queues)

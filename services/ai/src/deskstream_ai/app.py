"""Where `ai` is put together."""

from collections.abc import Mapping

from deskstream_ai.adapters.batch_queries import BatchQueries
from deskstream_ai.adapters.fallback import ModelWithFallback
from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.api.generate import create_generate_router
from deskstream_ai.api.routes import create_articles_router
from deskstream_ai.domain.model import Model
from deskstream_ai.handlers.events import ConversationHandlers
from deskstream_ai.handlers.feedback import FeedbackHandlers
from deskstream_ai.handlers.rebuild import OF_ARTICLES, UNDERSTOOD, RebuildHandlers
from deskstream_ai.handlers.workers.analyze_message import AnalysisWorker
from deskstream_ai.handlers.workers.analyze_past_message import PastAnalysisWorker
from deskstream_ai.handlers.workers.draft_reply import DraftWorker
from deskstream_ai.handlers.workers.drafter import Drafter
from deskstream_ai.settings import OpenAISettings, Settings
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected, ReplyRequested
from deskstream_contracts.events.ticket import TicketCreated, TicketMessageAdded, TicketUpdated
from deskstream_runtime.clock import Clock, utc_now
from deskstream_runtime.consuming.routing import on
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.service import Service, no_warnings

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
    """The service. Raises what says which rule or setting is wrong."""
    infrastructure = Infrastructure("ai", settings, clock)
    model = build_model(settings, clock)
    queries = BatchQueries(infrastructure.database)
    drafter = Drafter(model, queries, infrastructure.database, settings.ai_confidence_low)
    conversations = ConversationHandlers(clock)
    feedback = FeedbackHandlers(clock)
    analysis = AnalysisWorker(model, queries, clock, settings.ai_confidence_low)
    past_analysis = PastAnalysisWorker(model, queries, clock)
    timeout_s = _MODEL_CALLS_PER_WORK * settings.ai_openai_timeout_s + _WORK_MARGIN_S
    memory = RebuildHandlers()
    routes = [
        on(conversations.ticket_created, TicketCreated),
        on(conversations.message_added, TicketMessageAdded),
        on(conversations.ticket_updated, TicketUpdated),
        on(conversations.customer_enriched, CustomerEnriched),
        on(feedback.reply_requested, ReplyRequested),
        on(feedback.reply_approved, ReplyApproved),
        on(feedback.reply_rejected, ReplyRejected),
    ]
    own = [
        on(memory.understood, *UNDERSTOOD),
        on(memory.articles, *OF_ARTICLES),
    ]
    return Service(
        infrastructure,
        routes=routes,
        work=[
            analysis.work(settings.ai_understand_concurrency_max, timeout_s),
            past_analysis.work(settings.ai_analyse_concurrency_max, timeout_s),
            DraftWorker(drafter, clock).work(settings.ai_draft_concurrency_max, timeout_s),
        ],
        routers=[
            create_generate_router(infrastructure.commands, drafter, clock),
            create_articles_router(infrastructure.commands, infrastructure.database, clock),
        ],
        rebuild=RebuildPlan([*routes, *own], TABLES),
        warnings=model.warnings if isinstance(model, ModelWithFallback) else no_warnings,
        breakers={"model": model.circuits_open} if isinstance(model, ModelWithFallback) else {},
    )


def build_model(settings: Settings, clock: Clock) -> LocalModel | ModelWithFallback:
    """The model the settings choose: the local one, or another with the local one behind it."""
    local = LocalModel()
    chosen = settings.openai()
    if chosen is None:
        return local
    return ModelWithFallback(
        build_provider_model(chosen, local),
        local,
        failures_max=chosen.failures_max,
        pause_s=chosen.pause_s,
        clock=clock,
    )


def build_provider_model(chosen: OpenAISettings, local: LocalModel) -> Model:
    """The model behind the provider's API. It may choose from the intents of the local one."""
    # Imported here alone: it takes a second and 43 MB that the local model does not need.
    from deskstream_ai.adapters.openai.client import ChatClient  # noqa: PLC0415
    from deskstream_ai.adapters.openai.model import OpenAIModel  # noqa: PLC0415
    from deskstream_ai.adapters.openai.prompts import load_prompts  # noqa: PLC0415

    return OpenAIModel(ChatClient(chosen), load_prompts(), chosen.model, local.queues)

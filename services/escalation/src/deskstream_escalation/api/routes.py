"""Routes that answer questions about the rules and service levels."""

from uuid import UUID

from fastapi import APIRouter, Depends

from deskstream_escalation.adapters import clock_queries
from deskstream_escalation.api.requests import EvaluateRequest
from deskstream_escalation.api.responses import (
    ActivePolicy,
    ActiveRules,
    Evaluation,
    TicketClocks,
    active_policy,
    active_rules,
    evaluation,
    ticket_clocks,
)
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.rule import FailedExpression
from deskstream_runtime.http.auth import Permission
from deskstream_runtime.http.problems import Problem
from deskstream_runtime.postgres.database import Database

_CLOCKS_MAX = 200


def policies_router(policies: Policies, database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1", dependencies=[Depends(Permission("rules:read"))])

    @router.get("/rules")
    async def rules() -> ActiveRules:
        """The rules in force and the facts they may read."""
        return active_rules(policies.rules)

    @router.get("/sla")
    async def sla() -> ActivePolicy:
        """The service levels in force."""
        return active_policy(policies.sla)

    @router.post("/rules/evaluate")
    async def evaluate(request: EvaluateRequest) -> Evaluation:
        """Which rules would fire on these facts. Nothing happens."""
        try:
            fired = list(policies.rules.fired(vars(request.facts)))
        except FailedExpression as error:
            raise Problem(422, "rule-failed", "A rule has no value", str(error)) from error
        return evaluation(policies.rules.version, fired)

    @router.get("/sla/clocks")
    async def clocks(ticket_id: UUID) -> TicketClocks:
        """A ticket's service-level clocks."""
        async with database.connection() as connection:
            found = await clock_queries.clocks_of(connection, ticket_id, _CLOCKS_MAX)
        return ticket_clocks(ticket_id, found)

    return router

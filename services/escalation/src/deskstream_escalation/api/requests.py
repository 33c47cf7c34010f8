"""Bodies of requests."""

from pydantic import BaseModel, ConfigDict

from deskstream_escalation.domain.facts import Facts


class EvaluateRequest(BaseModel):
    """Facts to try the rules on; what is left out is as on a ticket of which nothing is known."""

    model_config = ConfigDict(extra="forbid")

    facts: Facts

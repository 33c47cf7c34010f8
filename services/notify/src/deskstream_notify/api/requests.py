"""The bodies of requests."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from deskstream_notify.domain.subscription import SubscribableType

_IDS_MAX = 100

_Ids = Annotated[
    list[UUID],
    Field(min_length=1, max_length=_IDS_MAX, json_schema_extra={"uniqueItems": True}),
]


class NewWebhook(BaseModel):
    """The URL to call, and the events to call it with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: Annotated[str, Field(min_length=1, max_length=2_048)]
    event_types: Annotated[list[SubscribableType], Field(min_length=1, max_length=20)]
    description: Annotated[str, Field(max_length=500)] | None = None


class RedeliveryRequest(BaseModel):
    """The deliveries to repeat: these, or all that failed of those planned since a moment."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"minProperties": 1, "maxProperties": 1}
    )

    ids: _Ids | SkipJsonSchema[None] = None
    failed_since: AwareDatetime | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "RedeliveryRequest":
        if (self.ids is None) == (self.failed_since is None):
            raise ValueError("give either `ids` or `failed_since`")
        if self.ids is not None and len(set(self.ids)) < len(self.ids):
            raise ValueError("`ids` names a delivery twice")
        return self

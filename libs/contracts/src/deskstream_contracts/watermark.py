"""How far a writer has published what it accepted: what time it is in the log."""

from typing import ClassVar
from uuid import UUID

from deskstream_contracts.model import EventData, Instant, ServiceName

WATERMARK_SUBJECT = UUID("7f1c1d5e-6a4b-5c1e-9d57-2b1f0c6f9a10")
"""The subject of every watermark: they are about the writer, not about a ticket."""


class WatermarkAdvanced(EventData):
    """Every event that its owner timed before `until` is in the log. The latest `until` counts.

    A reader that has handled all partitions up to the ends they had when this was read knows
    everything that the owner decided before `until`.
    """

    event_type: ClassVar[str] = "watermark.advanced"
    owner: ClassVar[ServiceName] = "ingest"

    until: Instant

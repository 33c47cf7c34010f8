"""Bodies of earlier major versions. Nothing is ever removed: the log keeps them forever.

One module per retired body (`ticket_created_v1.py`: the old model, unchanged, and a pure function
from it to the newest), listed below by hand. `docs/how-to/add-an-event.md` shows the steps.
"""

from deskstream_contracts.history import record_dead_lettered_v1, sla_started_v1
from deskstream_contracts.reader import Retired

RETIRED: tuple[Retired, ...] = (
    Retired(record_dead_lettered_v1.RecordDeadLetteredV1, record_dead_lettered_v1.upcast),
    Retired(sla_started_v1.SlaStartedV1, sla_started_v1.upcast),
)
"""Every body that was once written and is no more; each leads directly to the newest."""

"""How many tickets are parked, for people who watch: a gauge, and a warning in health."""

from datetime import datetime

from deskstream_contracts import Service
from deskstream_runtime.effects import NOTHING, Effects, Transaction
from deskstream_runtime.metrics import PARKED_TICKETS

_RECORDS_COUNTED_MAX = 10_000

_COUNT = """
select count(distinct subject) as tickets, count(*) as records,
       (select parked_at from parked_record order by seq limit 1) as since
from (select subject from parked_record order by subject, seq limit $1) waiting
"""


class ParkedTickets:
    """Counts the parked tickets of a service now and then."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tickets = 0
        self._is_all = True
        self._since: datetime | None = None

    async def count(self, tx: Transaction) -> Effects:
        """Looks at the first `_RECORDS_COUNTED_MAX` records: beyond, it is "at least so many"."""
        row = await tx.fetchrow(_COUNT, _RECORDS_COUNTED_MAX)
        assert row is not None
        self._tickets, self._since = row["tickets"], row["since"]
        self._is_all = row["records"] < _RECORDS_COUNTED_MAX
        PARKED_TICKETS.set(self._tickets)
        return NOTHING

    def warnings(self) -> dict[str, str]:
        """What a person should mend, in the words of the service's health; nothing if none wait."""
        if self._since is None:
            return {}
        number = f"{self._tickets}" if self._is_all else f"at least {self._tickets}"
        return {
            "parked": f"{number} tickets wait as our code failed on them, the first since "
            f"{self._since:%Y-%m-%d %H:%M:%S}: see `desk parked list {self._service}`"
        }

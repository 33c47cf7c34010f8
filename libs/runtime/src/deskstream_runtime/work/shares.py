"""A pool's slots shared out between the recipients of its work, so that none can take them all.

The rule is the one by which switches share a buffer between ports (Choudhury and Hahne, "Dynamic
queue length thresholds", 1998): no share may hold more slots than are left free. One alone gets not
quite half of them. The last eighth is for shares that hold none: even after many came one after the
other and each took what it could, a new one finds a slot.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from deskstream_runtime.postgres.connection import Connection
from deskstream_runtime.work.kind import LeasedWork, Shares
from deskstream_runtime.work.work_rows import leased_work

# Goes from one share to the next in the index, and into each no deeper than there are slots for
# it: neither a resting share nor a backlog of millions is looked at. Of many shares a few rows each
# are enough, as the next round is near. Those under suspicion come last, and only while half of all
# slots is free.
LEASE_SHARED = """
with recursive owner(id) as (
    (select share from work where kind = $1 and share is not null order by share limit 1)
    union all
    select (select w.share from work w where w.kind = $1 and w.share > o.id
            order by w.share limit 1)
    from owner o where o.id is not null
),
depth(most) as (
    select greatest(least(4, $3::int), $3::int / greatest(count(*), 1)) from owner
    where id is not null
),
candidate as (
    select due.seq, coalesce(known.suspect, false) as suspect, due.at,
        coalesce(known.taken, 0)
            + row_number() over (partition by owner.id order by due.at) as place
    from owner cross join depth
    left join unnest($7::uuid[], $8::int[], $9::int[], $10::bool[]) known(id, taken, room, suspect)
        on known.id = owner.id
    cross join lateral (
        select w.seq, greatest(w.due_at, w.leased_until) as at from work w
        where w.kind = $1 and w.share = owner.id and greatest(w.due_at, w.leased_until) <= $2
          and w.seq = (select min(e.seq) from work e
                       where e.kind = w.kind and e.subject = w.subject)
        order by greatest(w.due_at, w.leased_until)
        limit least(known.room, depth.most)
        for update skip locked
    ) due
    where owner.id is not null
),
ranked as (
    select seq, place + case when suspect then $6::int / 2
                             when place > 1 then $6::int / 8 else 0 end as place,
        row_number() over (order by suspect, place, at) as nth
    from candidate
)
update work set lease = $4, leased_until = $5, attempts = attempts + 1
from ranked
where work.seq = ranked.seq and ranked.place <= $3 - (ranked.nth - 1)
returning work.seq, work.id, work.kind, work.subject, work.payload, work.attempts, work.share
"""


@dataclass(slots=True)
class Slots:
    """The slots of a pool: how many there are, and how many of them each share holds."""

    total: int
    held: dict[UUID, int] = field(default_factory=dict)

    def take(self, share: UUID | None) -> None:
        if share is not None:
            self.held[share] = self.held.get(share, 0) + 1

    def give_back(self, share: UUID | None) -> None:
        if share is None:
            return
        self.held[share] -= 1
        if not self.held[share]:
            del self.held[share]


async def lease_shared(
    connection: Connection,
    kind: str,
    slots: Slots,
    free: int,
    shares: Shares,
    *,
    now: datetime,
    until: datetime,
) -> list[LeasedWork]:
    """Due rows for the free slots, of each subject the oldest alone, shared out fairly."""
    lease = uuid4()
    rooms = _rooms(slots.held, free, shares)
    known = list(rooms)
    rows = await connection.fetch(
        LEASE_SHARED,
        kind,
        now,
        free,
        lease,
        until,
        slots.total,
        known,
        [slots.held.get(share, 0) for share in known],
        list(rooms.values()),
        [share in shares.suspect for share in known],
    )
    return leased_work(rows, lease, until)


def _rooms(held: Mapping[UUID, int], free: int, shares: Shares) -> dict[UUID, int]:
    """How many more each share that is not like the others may be given now."""
    rooms = dict.fromkeys(held, free)
    rooms |= {share: max(1 - held.get(share, 0), 0) for share in shares.suspect}
    rooms |= dict.fromkeys(shares.resting, 0)
    return rooms

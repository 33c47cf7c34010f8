"""What must hold of a world at rest, whatever happened before."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from simulation.ends import check_ends
from simulation.parts import Part
from simulation.services import READS, TICKET_TOPICS, merge
from simulation.violation import Violation, equal

from deskstream_projection.domain.fold import fold
from deskstream_projection.domain.read_models.roll_up import roll_up
from deskstream_projection.domain.read_models.timeline import entry

if TYPE_CHECKING:
    from simulation.world import World


def check(world: "World") -> None:
    """Raises `Violation` with what was wrong."""
    for part in world.parts.values():
        _nothing_waits(part)
        _nobody_passes_who_waits(part)
        check_handled(part, whole=True)
        _dead_letters_are_told(part)
    _everything_accepted_is_in_the_log(world)
    _versions_are_given_once(world)
    _views_are_a_fold_of_the_log(world)
    check_ends(world)


def _nothing_waits(part: Part) -> None:
    tables = part.database.tables
    equal(f"{part.name}: rows left in the outbox", len(tables.outbox), 0)
    equal(f"{part.name}: records left parked", len(tables.parked), 0)
    ends = part.log.ends
    unread = [place for place, end in ends.items() if tables.positions.get(place, end) != end]
    equal(f"{part.name}: partitions not read to their end", unread, [])


def _nobody_passes_who_waits(part: Part) -> None:
    equal(f"{part.name}: events that passed a parked one of their ticket", part.passed, [])


def check_handled(part: Part, *, whole: bool) -> None:
    """Of each ticket and topic: every good record once, in the order of the log.

    Not at rest (`whole` is false) the last of them may be missing: unread, or parked.
    """
    expected: dict[tuple[UUID, str], tuple[UUID, ...]] = defaultdict(tuple)
    for place in part.places:
        for _, event in part.log.partitions.get(place, ()):
            if event is not None and event.type in part.topics:
                expected[event.subject, event.type] += (event.id,)
    handled = part.database.tables.handled
    for key in sorted(expected.keys() | handled.keys()):
        found, due = handled.get(key, ()), expected[key]
        equal(
            f"{part.name} handled {key[1]} of {key[0]}", found, due if whole else due[: len(found)]
        )


def _dead_letters_are_told(part: Part) -> None:
    unreadable = {
        (entry.record.topic, entry.record.partition, entry.record.offset)
        for place in part.places
        for entry in part.log.partitions.get(place, ())
        if entry.event is None
    }
    letters = part.log.events(f"{part.name}.dead-letter")
    announced = {(one.data.topic, one.data.partition, one.data.offset) for one in letters}
    equal(f"{part.name}: dead letters", sorted(announced), sorted(unreadable))
    equal(f"{part.name}: ids of dead letters", len({one.id for one in letters}), len(announced))


def _everything_accepted_is_in_the_log(world: "World") -> None:
    lost = [event_id for event_id in world.accepted if event_id not in world.log.ids()]
    equal("ingest: accepted, and not in the log", lost, [])


def _versions_are_given_once(world: "World") -> None:
    """Versions 1..n of a ticket, each one event, and in order within a topic."""
    names: dict[UUID, dict[int, UUID]] = defaultdict(dict)
    for topic in TICKET_TOPICS:
        newest: dict[UUID, int] = defaultdict(int)
        for event in world.log.events(topic):
            version = event.sequence or 0
            known = names[event.subject].setdefault(version, event.id)
            equal(f"{event.subject}: the event of version {version}", event.id, known)
            is_repeat = version <= newest[event.subject]
            if not is_repeat:
                newest[event.subject] = version
    _first_in_order(world)
    for ticket_id, versions in names.items():
        equal(f"{ticket_id}: versions", sorted(versions), list(range(1, len(versions) + 1)))


def _first_in_order(world: "World") -> None:
    """The first time that an event is in its partition, all before it are of lower versions."""
    for topic in TICKET_TOPICS:
        seen: dict[UUID, list[int]] = defaultdict(list)
        for event in world.log.events(topic):
            version = event.sequence or 0
            versions = seen[event.subject]
            if version not in versions:
                if versions and version < versions[-1]:
                    raise Violation(f"{event.subject}: {topic} has {version} behind {versions}")
                versions.append(version)


def _views_are_a_fold_of_the_log(world: "World") -> None:
    events = world.log.events(*(data.event_type for data in READS["projection"]))
    changes = fold(events)
    expected: dict[Any, Any] = {}
    merge(expected, changes)
    entries = [entry(event) for event in changes.events.values()]
    expected |= {("timeline", one.event_id): one for one in entries}
    expected |= {("roll_up", key): sums for key, sums in roll_up(entries).items()}
    views = world.parts["projection"].database.tables.own
    if views != expected:
        wrong = [
            key for key in views.keys() | expected.keys() if views.get(key) != expected.get(key)
        ]
        raise Violation(
            f"projection: views differ from a fold of the log: {sorted(map(str, wrong))}"
        )

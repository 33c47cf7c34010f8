"""One service-level clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from deskstream_contracts.events.sla import RunningClock, SlaBreached, SlaMet, SlaWarned
from deskstream_escalation.domain.policies import SlaPolicy
from deskstream_escalation.domain.sla_clock import (
    Promise,
    SlaClock,
    as_announced,
    clock_id,
    identity,
    meet,
    retarget,
    run_out,
    start,
    tick,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TICKET, EVENT = UUID(int=1), UUID(int=2)
HOUR, MINUTE, INSTANT = timedelta(hours=1), timedelta(minutes=1), timedelta(microseconds=1)
POLICY = SlaPolicy(
    "standard",
    "1",
    0.75,
    {"normal": {"resolution": 4 * HOUR}, "urgent": {"resolution": HOUR}},
)
OTHER_POLICY = replace(POLICY, version="2", targets={"urgent": {"resolution": 2 * HOUR}})


def clock() -> SlaClock:
    return start(TICKET, "resolution", 0, NOON, "normal", POLICY, 5 * MINUTE)


def promised(event_id: UUID | None = EVENT) -> SlaClock:
    started = clock()
    promise = Promise(started.due_at, started.priority, "standard", "1", NOON, event_id)
    return replace(started, promise=promise)


def test_a_clock_starts_with_the_target_of_its_priority() -> None:
    started = clock()
    assert started.id == clock_id(TICKET, "resolution", 0)
    assert (started.target, started.warn_after) == (4 * HOUR, 3 * HOUR)
    assert started.due_at == started.runs_out_at == NOON + 4 * HOUR
    assert started.promise_by == NOON + 5 * MINUTE
    assert started.is_running
    assert not started.warned


def test_clocks_of_a_kind_differ_by_their_instance() -> None:
    ids = {clock_id(TICKET, "resolution", 0), clock_id(TICKET, "resolution", 1)}
    assert len(ids | {clock_id(TICKET, "first_response", 0)}) == 3


def test_it_is_due_for_its_promise_its_warning_and_its_end() -> None:
    assert clock().next_due_at == NOON + 5 * MINUTE
    assert replace(clock(), promise_by=NOON + 9 * HOUR).next_due_at == NOON + 3 * HOUR
    assert promised().next_due_at == NOON + 3 * HOUR
    assert replace(promised(), warned=True).next_due_at == NOON + 4 * HOUR


@pytest.mark.parametrize(
    "ended", [replace(promised(), breached=True), meet(clock(), NOON, EVENT)[0]]
)
def test_a_clock_that_was_met_or_ran_out_is_due_for_nothing(ended: SlaClock) -> None:
    assert not ended.is_running
    assert ended.next_due_at is None
    assert tick(ended, NOON + 9 * HOUR) == (ended, [])
    assert retarget(ended, "urgent", POLICY, NOON) == ended


def test_a_warning_is_given_once_at_its_share_of_the_target() -> None:
    early = promised()
    assert tick(early, NOON + 3 * HOUR - INSTANT) == (early, [])
    warned, (new_event,) = tick(early, NOON + 3 * HOUR)
    assert isinstance(new_event.data, SlaWarned)
    assert (new_event.data.remaining_s, new_event.data.warned_at) == (3_600, NOON + 3 * HOUR)
    assert warned == replace(early, warned=True)
    assert tick(warned, NOON + 3 * HOUR) == (warned, [])


@pytest.mark.parametrize("late", [timedelta(), 9 * HOUR])
def test_at_its_end_a_clock_that_is_checked_has_run_out_then(late: timedelta) -> None:
    ended, (new_event,) = tick(promised(), NOON + 4 * HOUR + late)
    assert isinstance(new_event.data, SlaBreached)
    assert new_event.data.breached_at == NOON + 4 * HOUR
    assert ended == replace(promised(), warned=True, breached=True)


def test_what_came_at_the_very_end_is_in_time() -> None:
    at = NOON + 4 * HOUR
    assert run_out(promised(), at) == (promised(), [])
    met, (new_event,) = meet(promised(), at, EVENT)
    assert isinstance(new_event.data, SlaMet)
    assert (new_event.data.in_time, new_event.data.elapsed_s) == (True, 14_400)
    assert (new_event.data.met_at, new_event.data.event_id, met.met_at) == (at, EVENT, at)


def test_what_came_later_is_late_behind_the_breach() -> None:
    at = NOON + 4 * HOUR + INSTANT
    assert run_out(promised(), at)[0].breached
    met, (breach, new_event) = meet(promised(), at, EVENT)
    assert isinstance(breach.data, SlaBreached)
    assert isinstance(new_event.data, SlaMet)
    assert not new_event.data.in_time
    assert (met.breached, met.met_at) == (True, at)
    again, (only,) = meet(replace(promised(), breached=True), at, EVENT)
    assert isinstance(only.data, SlaMet)
    assert again.breached


def test_what_came_before_the_start_took_no_time() -> None:
    _, (new_event,) = meet(promised(), NOON - HOUR, EVENT)
    assert isinstance(new_event.data, SlaMet)
    assert new_event.data.elapsed_s == 0


def test_another_priority_counts_from_the_start() -> None:
    urgent = retarget(promised(), "urgent", POLICY, NOON + MINUTE)
    assert (urgent.priority, urgent.target, urgent.warn_after) == ("urgent", HOUR, 45 * MINUTE)
    assert urgent.due_at == urgent.runs_out_at == NOON + HOUR
    assert retarget(promised(), "normal", OTHER_POLICY, NOON + MINUTE) == promised()


def test_an_end_that_another_priority_has_passed_is_the_moment_of_the_change() -> None:
    late = retarget(promised(), "urgent", POLICY, NOON + 2 * HOUR)
    assert late.due_at == NOON + HOUR
    assert late.runs_out_at == late.next_due_at == NOON + 2 * HOUR
    _, (new_event,) = tick(late, NOON + 2 * HOUR)
    assert isinstance(new_event.data, SlaBreached)
    assert new_event.data.breached_at == NOON + 2 * HOUR


def test_what_was_promised_for_a_priority_is_kept() -> None:
    urgent = retarget(promised(), "urgent", OTHER_POLICY, NOON + MINUTE)
    assert (urgent.target, urgent.policy_version) == (2 * HOUR, "2")
    back = retarget(urgent, "normal", OTHER_POLICY, NOON + 2 * MINUTE)
    assert (back.target, back.policy_version) == (4 * HOUR, "1")


def test_a_clock_follows_the_policy_it_was_announced_with() -> None:
    same = RunningClock(**identity(promised()))
    assert as_announced(promised(), same) == promised()
    other = same.model_copy(update={"policy_version": "0", "target_s": 7_200.0})
    announced = as_announced(promised(), other)
    assert (announced.target, announced.warn_after) == (2 * HOUR, 90 * MINUTE)
    assert (announced.policy, announced.policy_version) == ("standard", "0")

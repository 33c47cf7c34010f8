"""Whose failure keeps whom from being called."""

from datetime import timedelta
from uuid import UUID

import pytest

from deskstream_notify.adapters.breaker import Breakers, Fuse, Resting
from deskstream_notify.domain.outcome import Accepted, Refused, Withdrawn
from deskstream_runtime.testing.clock import ManualClock

HOST = Fuse("hook.example:443", frozenset({"unreachable"}))
FIRST = Fuse(UUID(int=1))
SECOND = Fuse(UUID(int=2))


@pytest.fixture
def breakers(clock: ManualClock) -> Breakers:
    return Breakers(3, 30.0, clock)


async def call(breakers, fuse, outcome, times=1):
    async def act():
        return outcome

    for _ in range(times):
        assert await breakers.call([fuse, HOST], act, asked_max_s=600) == outcome


@pytest.mark.parametrize(
    "reason", ["receiver_failed", "timeout", "interrupted", "tls_failed", "rejected", "redirected"]
)
async def test_one_that_fails_rests_and_those_on_its_host_do_not(breakers, reason):
    await call(breakers, FIRST, Refused(reason), times=3)
    with pytest.raises(Resting) as resting:
        await call(breakers, FIRST, Accepted())
    assert resting.value.for_s == 30
    await call(breakers, SECOND, Accepted(), times=5)
    assert breakers.shares().resting == {FIRST.key}
    assert not breakers.shares().suspect


async def test_a_host_out_of_reach_rests_for_all_who_are_on_it(breakers, clock):
    for fuse in (FIRST, SECOND, FIRST):
        await call(breakers, fuse, Refused("unreachable"))
    with pytest.raises(Resting):
        await call(breakers, SECOND, Accepted())
    third = Fuse(UUID(int=3))
    with pytest.raises(Resting):
        await call(breakers, third, Accepted())
    assert third.key in breakers.shares().resting
    clock.advance(31)
    await call(breakers, third, Accepted())
    await call(breakers, SECOND, Accepted())


async def test_one_answer_however_bad_shows_that_the_host_is_within_reach(breakers):
    await call(breakers, FIRST, Refused("unreachable"), times=2)
    await call(breakers, SECOND, Refused("receiver_failed"))
    await call(breakers, SECOND, Refused("unreachable"))
    await call(breakers, Fuse(UUID(int=3)), Accepted())


async def test_who_failed_once_is_under_suspicion_until_it_answers_well(breakers):
    await call(breakers, FIRST, Refused("receiver_failed"))
    assert breakers.shares().suspect == {FIRST.key}
    assert breakers.is_failing([FIRST])
    await call(breakers, FIRST, Accepted())
    assert not breakers.shares().suspect
    assert not breakers.is_failing([FIRST])


@pytest.mark.parametrize(("asked_s", "rest_s"), [(7.0, 7), (999_999_999.0, 600)])
async def test_who_asks_to_be_left_alone_is_within_bounds(breakers, clock, asked_s, rest_s):
    await call(breakers, FIRST, Refused("rate_limited", retry_after_s=asked_s))
    clock.advance(rest_s - 1)
    with pytest.raises(Resting):
        await call(breakers, FIRST, Accepted())
    await call(breakers, SECOND, Accepted())
    clock.advance(1)
    await call(breakers, FIRST, Accepted())


async def test_after_a_rest_a_single_call_is_made_until_it_has_an_answer(breakers, clock):
    await call(breakers, FIRST, Refused("timeout"), times=3)
    clock.advance(timedelta(seconds=30).total_seconds())

    async def slow():
        with pytest.raises(Resting):
            await call(breakers, FIRST, Accepted())
        return Accepted()

    assert await breakers.call([FIRST, HOST], slow, asked_max_s=600) == Accepted()
    await call(breakers, FIRST, Accepted())


async def test_a_person_may_have_it_called_at_once(breakers):
    await call(breakers, FIRST, Refused("timeout"), times=3)
    breakers.lift(FIRST.key)
    await call(breakers, FIRST, Accepted())


async def test_a_subscription_that_went_is_forgotten(breakers):
    await call(breakers, FIRST, Refused("timeout"))
    await call(breakers, FIRST, Withdrawn())
    assert not breakers.is_failing([FIRST])


async def test_who_rests_is_counted_by_what_they_are(breakers, clock):
    assert (breakers.receivers_resting(), breakers.hosts_resting()) == (0, 0)
    await call(breakers, FIRST, Refused("receiver_failed"), times=3)
    assert (breakers.receivers_resting(), breakers.hosts_resting()) == (1, 0)
    for fuse in (SECOND, Fuse(UUID(int=3)), Fuse(UUID(int=4))):
        await call(breakers, fuse, Refused("unreachable"))
    assert breakers.hosts_resting() == 1
    clock.advance(30)
    assert (breakers.receivers_resting(), breakers.hosts_resting()) == (0, 0)

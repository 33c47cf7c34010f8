"""Whose failure keeps whom from being called."""

from datetime import timedelta
from uuid import UUID

import pytest

from deskstream_notify.adapters.circuit_breakers import Circuit, CircuitBreakers, CircuitOpen
from deskstream_notify.domain.send_result import SendFailed, Sent, Withdrawn
from deskstream_runtime.testing.clock import ManualClock

HOST = Circuit("hook.example:443", frozenset({"unreachable"}))
FIRST = Circuit(UUID(int=1))
SECOND = Circuit(UUID(int=2))


@pytest.fixture
def breakers(clock: ManualClock) -> CircuitBreakers:
    return CircuitBreakers(3, 30.0, clock)


async def call(breakers, circuit, outcome, times=1):
    async def act():
        return outcome

    for _ in range(times):
        assert await breakers.call([circuit, HOST], act, asked_max_s=600) == outcome


@pytest.mark.parametrize(
    "reason", ["receiver_failed", "timeout", "interrupted", "tls_failed", "rejected", "redirected"]
)
async def test_one_that_fails_rests_and_those_on_its_host_do_not(breakers, reason):
    await call(breakers, FIRST, SendFailed(reason), times=3)
    with pytest.raises(CircuitOpen) as resting:
        await call(breakers, FIRST, Sent())
    assert resting.value.open_for_s == 30
    await call(breakers, SECOND, Sent(), times=5)
    assert breakers.shares().resting == {FIRST.key}
    assert not breakers.shares().suspect


async def test_a_host_out_of_reach_rests_for_all_who_are_on_it(breakers, clock):
    for circuit in (FIRST, SECOND, FIRST):
        await call(breakers, circuit, SendFailed("unreachable"))
    with pytest.raises(CircuitOpen):
        await call(breakers, SECOND, Sent())
    third = Circuit(UUID(int=3))
    with pytest.raises(CircuitOpen):
        await call(breakers, third, Sent())
    assert third.key in breakers.shares().resting
    clock.advance(31)
    await call(breakers, third, Sent())
    await call(breakers, SECOND, Sent())


async def test_one_answer_however_bad_shows_that_the_host_is_within_reach(breakers):
    await call(breakers, FIRST, SendFailed("unreachable"), times=2)
    await call(breakers, SECOND, SendFailed("receiver_failed"))
    await call(breakers, SECOND, SendFailed("unreachable"))
    await call(breakers, Circuit(UUID(int=3)), Sent())


async def test_who_failed_once_is_under_suspicion_until_it_answers_well(breakers):
    await call(breakers, FIRST, SendFailed("receiver_failed"))
    assert breakers.shares().suspect == {FIRST.key}
    assert breakers.is_failing([FIRST])
    await call(breakers, FIRST, Sent())
    assert not breakers.shares().suspect
    assert not breakers.is_failing([FIRST])


@pytest.mark.parametrize(("asked_s", "rest_s"), [(7.0, 7), (999_999_999.0, 600)])
async def test_who_asks_to_be_left_alone_is_within_bounds(breakers, clock, asked_s, rest_s):
    await call(breakers, FIRST, SendFailed("rate_limited", retry_after_s=asked_s))
    clock.advance(rest_s - 1)
    with pytest.raises(CircuitOpen):
        await call(breakers, FIRST, Sent())
    await call(breakers, SECOND, Sent())
    clock.advance(1)
    await call(breakers, FIRST, Sent())


async def test_after_a_rest_a_single_call_is_made_until_it_has_an_answer(breakers, clock):
    await call(breakers, FIRST, SendFailed("timeout"), times=3)
    clock.advance(timedelta(seconds=30).total_seconds())

    async def slow():
        with pytest.raises(CircuitOpen):
            await call(breakers, FIRST, Sent())
        return Sent()

    assert await breakers.call([FIRST, HOST], slow, asked_max_s=600) == Sent()
    await call(breakers, FIRST, Sent())


async def test_a_person_may_have_it_called_at_once(breakers):
    await call(breakers, FIRST, SendFailed("timeout"), times=3)
    breakers.half_open(FIRST.key)
    await call(breakers, FIRST, Sent())


async def test_a_subscription_that_went_is_forgotten(breakers):
    await call(breakers, FIRST, SendFailed("timeout"))
    await call(breakers, FIRST, Withdrawn())
    assert not breakers.is_failing([FIRST])


async def test_who_rests_is_counted_by_what_they_are(breakers, clock):
    assert (breakers.open_subscriptions(), breakers.open_hosts()) == (0, 0)
    await call(breakers, FIRST, SendFailed("receiver_failed"), times=3)
    assert (breakers.open_subscriptions(), breakers.open_hosts()) == (1, 0)
    for circuit in (SECOND, Circuit(UUID(int=3)), Circuit(UUID(int=4))):
        await call(breakers, circuit, SendFailed("unreachable"))
    assert breakers.open_hosts() == 1
    clock.advance(30)
    assert (breakers.open_subscriptions(), breakers.open_hosts()) == (0, 0)

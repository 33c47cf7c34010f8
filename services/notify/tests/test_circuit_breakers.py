"""Whose failures keep which receivers from being called."""

from datetime import timedelta
from uuid import UUID

import pytest

from deskstream_notify.adapters.circuit_breakers import Circuit, CircuitBreakers, CircuitOpen
from deskstream_notify.domain.circuit import BreakerPolicy
from deskstream_notify.domain.send_result import Reason, SendFailed, SendResult, Sent, Withdrawn
from deskstream_runtime.testing.clock import ManualClock

HOST = Circuit("hook.example:443", frozenset({"unreachable"}))
FIRST = Circuit(UUID(int=1))
SECOND = Circuit(UUID(int=2))


@pytest.fixture
def breakers(clock: ManualClock) -> CircuitBreakers:
    return CircuitBreakers(BreakerPolicy(3, timedelta(seconds=30)), clock)


async def call(
    breakers: CircuitBreakers, circuit: Circuit, outcome: SendResult, times: int = 1
) -> None:
    async def act() -> SendResult:
        return outcome

    for _ in range(times):
        assert await breakers.call([circuit, HOST], act, asked_max_s=600) == outcome


@pytest.mark.parametrize(
    "reason", ["receiver_failed", "timeout", "interrupted", "tls_failed", "rejected", "redirected"]
)
async def test_a_failing_subscription_opens_its_circuit_and_not_its_hosts(
    breakers: CircuitBreakers, reason: Reason
) -> None:
    await call(breakers, FIRST, SendFailed(reason), times=3)
    with pytest.raises(CircuitOpen) as raised:
        await call(breakers, FIRST, Sent())
    assert raised.value.open_for_s == 30
    await call(breakers, SECOND, Sent(), times=5)
    assert breakers.shares().resting == {FIRST.key}
    assert not breakers.shares().suspect


async def test_an_unreachable_host_opens_the_circuit_of_all_its_subscriptions(
    breakers: CircuitBreakers, clock: ManualClock
) -> None:
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


async def test_any_answer_shows_that_the_host_is_reachable(
    breakers: CircuitBreakers,
) -> None:
    await call(breakers, FIRST, SendFailed("unreachable"), times=2)
    await call(breakers, SECOND, SendFailed("receiver_failed"))
    await call(breakers, SECOND, SendFailed("unreachable"))
    await call(breakers, Circuit(UUID(int=3)), Sent())


async def test_a_subscription_that_failed_once_is_suspect_until_it_succeeds(
    breakers: CircuitBreakers,
) -> None:
    await call(breakers, FIRST, SendFailed("receiver_failed"))
    assert breakers.shares().suspect == {FIRST.key}
    assert breakers.is_failing([FIRST])
    await call(breakers, FIRST, Sent())
    assert not breakers.shares().suspect
    assert not breakers.is_failing([FIRST])


@pytest.mark.parametrize(("asked_s", "rest_s"), [(7.0, 7), (999_999_999.0, 600)])
async def test_a_receiver_that_asks_to_wait_is_not_called_for_a_bounded_time(
    breakers: CircuitBreakers, clock: ManualClock, asked_s: float, rest_s: float
) -> None:
    await call(breakers, FIRST, SendFailed("rate_limited", retry_after_s=asked_s))
    clock.advance(rest_s - 1)
    with pytest.raises(CircuitOpen):
        await call(breakers, FIRST, Sent())
    await call(breakers, SECOND, Sent())
    clock.advance(1)
    await call(breakers, FIRST, Sent())


async def test_a_half_open_circuit_allows_one_call_until_it_has_an_answer(
    breakers: CircuitBreakers, clock: ManualClock
) -> None:
    await call(breakers, FIRST, SendFailed("timeout"), times=3)
    clock.advance(timedelta(seconds=30).total_seconds())

    async def slow() -> SendResult:
        with pytest.raises(CircuitOpen):
            await call(breakers, FIRST, Sent())
        return Sent()

    assert await breakers.call([FIRST, HOST], slow, asked_max_s=600) == Sent()
    await call(breakers, FIRST, Sent())


async def test_a_person_can_half_open_a_circuit(breakers: CircuitBreakers) -> None:
    await call(breakers, FIRST, SendFailed("timeout"), times=3)
    breakers.half_open(FIRST.key)
    await call(breakers, FIRST, Sent())


async def test_the_circuit_of_a_removed_subscription_is_dropped(breakers: CircuitBreakers) -> None:
    await call(breakers, FIRST, SendFailed("timeout"))
    await call(breakers, FIRST, Withdrawn())
    assert not breakers.is_failing([FIRST])


async def test_open_circuits_are_counted_by_kind(
    breakers: CircuitBreakers, clock: ManualClock
) -> None:
    assert (breakers.open_subscriptions(), breakers.open_hosts()) == (0, 0)
    await call(breakers, FIRST, SendFailed("receiver_failed"), times=3)
    assert (breakers.open_subscriptions(), breakers.open_hosts()) == (1, 0)
    for circuit in (SECOND, Circuit(UUID(int=3)), Circuit(UUID(int=4))):
        await call(breakers, circuit, SendFailed("unreachable"))
    assert breakers.open_hosts() == 1
    clock.advance(30)
    assert (breakers.open_subscriptions(), breakers.open_hosts()) == (0, 0)

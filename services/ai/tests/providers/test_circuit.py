"""Which calls the circuit breaker admits."""

import pytest

from deskstream_ai.adapters.circuit import Admission, Circuit


class Hours:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def circuit(hours: Hours) -> Circuit:
    return Circuit(failures_max=3, pause_s=30.0, clock=hours)


def admitted(circuit: Circuit) -> Admission:
    admission = circuit.admit()
    assert admission is not None
    return admission


def opened(circuit: Circuit) -> None:
    for _ in range(3):
        circuit.failed(admitted(circuit))
    assert circuit.is_open


def test_it_opens_after_so_many_failures_in_a_row(circuit: Circuit) -> None:
    for _ in range(2):
        circuit.failed(admitted(circuit))
    circuit.answered(admitted(circuit))
    for _ in range(2):
        circuit.failed(admitted(circuit))
    assert not circuit.is_open
    circuit.failed(admitted(circuit))
    assert circuit.admit() is None


def test_after_the_pause_one_probe_is_admitted(circuit: Circuit, hours: Hours) -> None:
    opened(circuit)
    hours.now += 30.0
    probe = admitted(circuit)
    assert probe.probes
    assert circuit.admit() is None, "no other call waits for a provider that may hang"
    circuit.answered(probe)
    assert not circuit.is_open
    assert not admitted(circuit).probes


def test_a_failed_probe_begins_another_pause(circuit: Circuit, hours: Hours) -> None:
    opened(circuit)
    hours.now += 30.0
    circuit.failed(admitted(circuit))
    hours.now += 29.0
    assert circuit.admit() is None
    hours.now += 1.0
    assert admitted(circuit).probes


def test_a_probe_that_nobody_waits_for_leaves_room_for_another(
    circuit: Circuit, hours: Hours
) -> None:
    opened(circuit)
    hours.now += 30.0
    circuit.abandoned(admitted(circuit))
    assert admitted(circuit).probes


def test_a_call_that_hangs_while_none_is_answered_opens_it(circuit: Circuit, hours: Hours) -> None:
    admission = admitted(circuit)
    hours.now += 15.0
    circuit.failed(admission, hung=True)
    assert circuit.is_open


def test_a_call_that_hangs_while_others_are_answered_does_not(
    circuit: Circuit, hours: Hours
) -> None:
    slow = admitted(circuit)
    hours.now += 10.0
    circuit.answered(admitted(circuit))
    hours.now += 5.0
    circuit.failed(slow, hung=True)
    assert not circuit.is_open


def test_a_hopeless_failure_opens_it_at_once(circuit: Circuit) -> None:
    circuit.failed(admitted(circuit), hopeless=True)
    assert circuit.is_open


def test_a_straggler_neither_closes_it_nor_prolongs_the_pause(
    circuit: Circuit, hours: Hours
) -> None:
    early, late = admitted(circuit), admitted(circuit)
    opened(circuit)
    circuit.answered(early)
    assert circuit.is_open
    hours.now += 20.0
    circuit.failed(late)
    hours.now += 10.0
    assert admitted(circuit).probes

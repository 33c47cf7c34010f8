"""A second major version, on an event that exists in these tests alone."""

import json
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import pytest

from deskstream_contracts import EventData, ServiceName, UndecodableRecord, decode
from deskstream_contracts.codec import READERS
from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.events.sla import SlaStarted
from deskstream_contracts.history import RETIRED
from deskstream_contracts.history.sla_started_v1 import SlaStartedV1
from deskstream_contracts.reader import Retired, readers_of
from deskstream_contracts.registry import BODIES
from deskstream_contracts.structured import Document, from_document


class KettleBoiledV1(EventData):
    """The first version held the temperature in Fahrenheit."""

    event_type: ClassVar[str] = "kettle.boiled"
    owner: ClassVar[ServiceName] = "ingest"

    temperature_f: float


class KettleBoiled(EventData):
    """The second has it in Celsius, and which kettle it was."""

    event_type: ClassVar[str] = "kettle.boiled"
    owner: ClassVar[ServiceName] = "ingest"
    major: ClassVar[int] = 2

    temperature_c: float
    kettle: str


def kettle_boiled_v1_to_v2(old: KettleBoiledV1) -> KettleBoiled:
    return KettleBoiled(temperature_c=round((old.temperature_f - 32) / 1.8, 1), kettle="the first")


READERS_NOW = readers_of([KettleBoiled], [Retired(KettleBoiledV1, kettle_boiled_v1_to_v2)])


def document(major: int, data: Document) -> Document:
    return {
        "specversion": "1.0",
        "id": str(UUID(int=1)),
        "source": "/deskstream/ingest",
        "type": "kettle.boiled",
        "subject": str(UUID(int=2)),
        "time": "2026-03-02T08:15:00Z",
        "dataschema": f"urn:deskstream:kettle.boiled:{major}",
        "data": data,
    }


def test_an_example_of_version_1_is_read_as_version_2() -> None:
    event = from_document(document(1, {"temperature_f": 212.0}), readers=READERS_NOW)
    assert event.data == KettleBoiled(temperature_c=100.0, kettle="the first")
    assert event.time == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def test_version_2_is_read_as_it_is() -> None:
    event = from_document(
        document(2, {"temperature_c": 99.5, "kettle": "blue"}), readers=READERS_NOW
    )
    assert event.data == KettleBoiled(temperature_c=99.5, kettle="blue")


@pytest.mark.parametrize("major", [1, 2])
def test_a_body_of_the_other_version_is_refused(major: int) -> None:
    data = {"temperature_f": 212.0} if major == 2 else {"temperature_c": 100.0, "kettle": "blue"}
    headers = [
        (f"ce_{name}", str(value).encode())
        for name, value in document(major, {}).items()
        if name != "data"
    ]
    with pytest.raises(UndecodableRecord) as raised:
        decode("kettle.boiled", headers, json.dumps(data).encode(), readers=READERS_NOW)
    assert raised.value.reason == "schema_invalid"


def test_a_reader_of_version_1_alone_refuses_version_2() -> None:
    with pytest.raises(UndecodableRecord, match=r"no reader for 'urn:deskstream:kettle.boiled:2'"):
        from_document(document(2, {}), readers=readers_of([KettleBoiledV1], []))


def test_two_bodies_of_one_version_are_refused() -> None:
    with pytest.raises(ValueError, match=r"urn:deskstream:kettle\.boiled:2 has two bodies"):
        readers_of([KettleBoiled, KettleBoiled], [])


def test_a_clock_of_sla_started_version_1_is_read_as_a_list_of_one() -> None:
    document = this_checkout().example(SlaStartedV1, "full")
    data = from_document(document).data
    assert isinstance(data, SlaStarted)
    assert data.priority is None
    (clock,) = data.clocks
    assert not clock.warned
    assert clock.model_dump(mode="json", exclude={"warned"}) == document["data"]


def test_every_version_from_1_to_the_newest_has_a_reader() -> None:
    versions = {
        f"urn:deskstream:{body.event_type}:{major}"
        for body in BODIES
        for major in range(1, body.major + 1)
    }
    assert versions == set(READERS)
    assert len(RETIRED) == len(READERS) - len(BODIES)

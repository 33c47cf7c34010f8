"""The id of a new cluster can be given to Kafka's tool as it is."""

import uuid
from collections.abc import Iterator

import pytest

from deskstream_localstack import kafka

_LOOKS_LIKE_AN_OPTION = uuid.UUID(bytes=b"\xf8" + bytes(15))
_PLAIN = uuid.UUID(bytes=b"\x01" + bytes(15))


def test_an_id_that_looks_like_an_option_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Iterator[uuid.UUID] = iter((_LOOKS_LIKE_AN_OPTION, _LOOKS_LIKE_AN_OPTION, _PLAIN))
    monkeypatch.setattr(uuid, "uuid4", lambda: next(drawn))

    assert kafka.new_cluster_id() == "AQAAAAAAAAAAAAAAAAAAAA"

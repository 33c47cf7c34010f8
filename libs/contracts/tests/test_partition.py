import pytest
from aiokafka.partitioner import murmur2 as murmur2_of_aiokafka
from hypothesis import given
from hypothesis import strategies as st

from deskstream_contracts.partition import murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        # Kafka's own UtilsTest.testMurmur2.
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_hashes_as_kafkas_own_client_does(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed & 0xFFFFFFFF


@given(st.binary(max_size=100))
def test_hashes_as_aiokafka_does(key: bytes) -> None:
    assert murmur2(key) == murmur2_of_aiokafka(key) & 0xFFFFFFFF


@given(st.text(max_size=50), st.integers(1, 100))
def test_a_key_has_one_partition_whether_text_or_bytes(key: str, partitions: int) -> None:
    partition = partition_of(key, partitions)
    assert 0 <= partition < partitions
    assert partition == partition_of(key.encode(), partitions)
    assert partition == (murmur2_of_aiokafka(key.encode()) & 0x7FFFFFFF) % partitions

"""The partitioner of Kafka's Java client: every language puts a ticket in the same partition."""

from functools import lru_cache
from struct import unpack_from

_MIXER = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


# The events of a ticket come in groups, so its hash is often at hand; computing it takes longer
# than all the rest of a record's headers. 16,384 tickets are about 3 MB.
@lru_cache(maxsize=16_384)
def murmur2(data: bytes) -> int:
    """32-bit MurmurHash2 as in Kafka's `Utils.murmur2`, as an unsigned number."""
    words = len(data) // 4
    h = _SEED ^ len(data)
    for word in unpack_from(f"<{words}I", data):
        k = word * _MIXER & _MASK
        h = (h * _MIXER ^ (k ^ k >> 24) * _MIXER) & _MASK
    rest = data[words * 4 :]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * _MIXER & _MASK
    h = (h ^ h >> 13) * _MIXER & _MASK
    return h ^ h >> 15


def partition_of(partition_key: str | bytes, partitions: int) -> int:
    """The partition of a record with this partition key in a topic of that many partitions."""
    key = partition_key.encode() if isinstance(partition_key, str) else partition_key
    return (murmur2(key) & 0x7FFFFFFF) % partitions

"""Ids made here sort by the time they were made."""

from deskstream_runtime.ids import new_id


def test_ids_are_version_7_and_rise() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert {one.version for one in ids} == {7}
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)

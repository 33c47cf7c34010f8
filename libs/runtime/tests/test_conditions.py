"""`If-Match` as RFC 9110 has it: section 13.1.1 for the forms, 8.8.3 for the tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_runtime.http.preconditions import expected_versions

VERSIONS = st.lists(st.integers(1, 10**16 - 1), min_size=1, max_size=6)
SEPARATORS = st.sampled_from([",", ", ", " ,\t", ",,", " , , "])


@given(VERSIONS, SEPARATORS)
def test_a_list_allows_what_it_names(versions: list[int], separator: str) -> None:
    allowed = expected_versions(separator.join(f'"{version}"' for version in versions))
    assert all(version in allowed for version in versions)
    assert max(versions) + 1 not in allowed


@given(st.integers(1, 10**16 - 1))
def test_a_star_allows_every_version_of_what_exists(version: int) -> None:
    assert version in expected_versions("*")
    assert 0 not in expected_versions("*")


@pytest.mark.parametrize("tag", ['W/"1"', '"x"', '""', '"01"', '"0"', '"1,2"', '"é"'])
def test_weak_and_unknown_tags_allow_nothing(tag: str) -> None:
    allowed = expected_versions(tag)
    assert not any(version in allowed for version in range(20))
    assert 3 in expected_versions(f'{tag}, "3"')


@pytest.mark.parametrize(
    "condition",
    [
        "",
        ",",
        "1",
        "**",
        '*, "1"',
        '"1", *',
        '"1',
        '1"',
        '"1" "2"',
        'w/"1"',
        "W/1",
        '"1 "',
        '"1"\n',
    ],
)
def test_what_is_no_list_of_tags_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="should be"):
        expected_versions(condition)


@given(st.text(alphabet='*W/",12 \t', max_size=40))
def test_any_text_has_one_answer(condition: str) -> None:
    try:
        allowed = expected_versions(condition)
    except ValueError:
        return
    assert 0 not in allowed
    assert condition == "*" or '"' in condition

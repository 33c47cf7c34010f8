"""The changelog of the contracts says what its schemas say: every event version and new field."""

import re

import pytest

from deskstream_contracts.compatibility import Finding, findings
from deskstream_contracts.documents.checkout import this_checkout

CHECKOUT = this_checkout()
UNRELEASED = "Unreleased"
FINDINGS = findings(CHECKOUT.released, CHECKOUT.schemas)


def sections() -> dict[str, str]:
    """The text of each version, newest first."""
    text = (CHECKOUT.contracts / "CHANGELOG.md").read_text()
    parts = re.split(r"^## (.+)$", text, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def entries(section: str) -> list[str]:
    """The items of a version's lists, each with the lines it goes over."""
    return re.split(r"^- ", sections().get(section, ""), flags=re.M)[1:]


def numbered() -> list[str]:
    return [heading for heading in sections() if heading != UNRELEASED]


def event_versions(section: str) -> set[str]:
    """As in `ticket.created/v1`, of the entries that begin with one."""
    begins = [re.match(r"`([a-z_.]+)` v(\d+):", entry) for entry in entries(section)]
    return {f"{begin[1]}/v{begin[2]}" for begin in begins if begin}


def test_the_newest_version_is_the_one_of_the_package() -> None:
    headings = [re.fullmatch(r"(\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d", one) for one in numbered()]
    assert all(headings), numbered()
    assert headings[0]
    assert headings[0][1] == CHECKOUT.version()


def test_every_released_event_version_has_one_entry_in_a_version() -> None:
    listed = [version for heading in numbered() for version in event_versions(heading)]
    released = {
        path.relative_to(CHECKOUT.released).with_suffix("").as_posix()
        for path in CHECKOUT.released.rglob("*.json")
    }
    assert sorted(listed) == sorted(released)


def test_every_event_version_to_be_released_has_an_entry_and_no_other_has() -> None:
    assert event_versions(UNRELEASED) == {
        finding.version for finding in FINDINGS if not finding.change.field
    }


@pytest.mark.parametrize(
    "finding", [one for one in FINDINGS if one.change.field], ids=lambda one: str(one)[6:70]
)
def test_every_changed_field_has_an_entry(finding: Finding) -> None:
    event_type = finding.version.partition("/")[0]
    assert any(
        f"`{finding.change.field}`" in entry and f"`{event_type}`" in entry
        for entry in entries(UNRELEASED)
    ), f"libs/contracts/CHANGELOG.md does not say under {UNRELEASED}: {finding}"

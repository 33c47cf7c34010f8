"""The gate: does a change of the contracts break who reads them?

    python -m deskstream_contracts.compatibility            compare schemas/ with released/
    python -m deskstream_contracts.compatibility --release  ... and make schemas/ the release

`released/` is the committed copy of the last release's schemas, so the gate needs no git history.
Comparing with that one alone is enough for every earlier release: each added optional fields only,
so whatever reads the last one's events reads those before it too.
"""

import argparse
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from deskstream_contracts.documents.checkout import Checkout, this_checkout
from deskstream_contracts.model import ServiceName
from deskstream_contracts.schema_changes import Change, Harm, Schema, changes
from deskstream_contracts.topics import TOPICS

_HARM: dict[Harm, str] = {
    "none": "Nobody breaks",
    "old_readers": "Consumers of the last release cannot read the new events",
    "old_events": "Upgraded consumers cannot read the events that are in the log",
    "both": "Consumers of the last release may refuse new events, upgraded ones those in the log",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A change of one event version, `version` being written as in `ticket.created/v1`."""

    version: str
    change: Change

    @property
    def breaks(self) -> bool:
        """Whether it must not be released within the major version."""
        return self.change.harm != "none"

    def __str__(self) -> str:
        """One line for people: what, whom it breaks, who must be upgraded before whom."""
        event_type = self.version.partition("/")[0]
        owner, consumers = _owner_and_consumers(event_type)
        where = f"{self.version} `{self.change.field}`" if self.change.field else self.version
        first = f"upgrade {', '.join(consumers) or 'its readers'} first, then {owner}"
        if self.breaks:
            return (
                f"BREAK {where}: {self.change.what}. {_HARM[self.change.harm]}."
                f" Make it a new major version with an upcaster: {first}."
            )
        return f"ok    {where}: {self.change.what}. {_HARM['none']}; to make use of it, {first}."


def _owner_and_consumers(event_type: str) -> tuple[str, tuple[ServiceName, ...]]:
    for topic in TOPICS:
        if topic.name == event_type:
            return topic.owner, topic.consumers
    return "its owner", ()


def findings(released: Path, now: Path) -> list[Finding]:
    """All changes between two folders of schemas, breaks first."""
    old, new = _schemas_in(released), _schemas_in(now)
    found = [
        Finding(version, change)
        for version in old.keys() & new.keys()
        for change in changes(old[version], new[version])
    ]
    found += [
        Finding(version, Change("", "this event version is gone", "both"))
        for version in old.keys() - new.keys()
    ]
    found += [
        Finding(version, Change("", "new event version", "none"))
        for version in new.keys() - old.keys()
    ]
    return sorted(found, key=lambda finding: (not finding.breaks, str(finding)))


def _schemas_in(folder: Path) -> dict[str, Schema]:
    return {
        path.relative_to(folder).with_suffix("").as_posix(): json.loads(path.read_text())
        for path in folder.rglob("*.json")
    }


def main(arguments: list[str], checkout: Checkout) -> int:
    """The command. Exit code 1 for a break, 2 when there is nothing to compare with."""
    parser = argparse.ArgumentParser(prog="python -m deskstream_contracts.compatibility")
    parser.add_argument("--release", action="store_true", help="make schemas/ the release")
    release = parser.parse_args(arguments).release
    if not (release or checkout.released.is_dir()):
        sys.stdout.write(f"{checkout.released} is missing: restore it, or cut a --release\n")
        return 2
    found = findings(checkout.released, checkout.schemas)
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    breaks = sum(finding.breaks for finding in found)
    sys.stdout.write(f"{breaks} breaks, {len(found) - breaks} harmless changes since the release\n")
    if breaks:
        return 1
    if release:
        shutil.rmtree(checkout.released, ignore_errors=True)
        shutil.copytree(checkout.schemas, checkout.released)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], this_checkout()))

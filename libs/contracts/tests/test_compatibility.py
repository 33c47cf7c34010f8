"""Each kind of break is caught and named; a legal addition passes and says who should upgrade."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deskstream_contracts.compatibility import findings, main
from deskstream_contracts.documents.checkout import Checkout, this_checkout
from deskstream_contracts.schema_changes import Change, Schema, changes


@pytest.fixture
def copy(tmp_path: Path) -> Checkout:
    """A checkout whose release is what the contracts say now."""
    shutil.copytree(this_checkout().schemas, tmp_path / "schemas")
    shutil.copytree(this_checkout().schemas, tmp_path / "released")
    return Checkout(tmp_path)


def change(checkout: Checkout, edit: Callable[[Schema], object]) -> None:
    path = checkout.schemas / "ticket.created" / "v1.json"
    schema = json.loads(path.read_text())
    edit(schema)
    path.write_text(json.dumps(schema))


def part(schema: Schema, name: str) -> Schema:
    properties: Schema = schema["$defs"][name]["properties"]
    return properties


def rename_language(schema: Schema) -> None:
    schema["properties"]["locale"] = schema["properties"].pop("language")


def require_new_field(schema: Schema) -> None:
    schema["properties"]["brand"] = {"type": "string"}
    schema["required"].append("brand")


def shorten_attribute_values(schema: Schema) -> None:
    (rule,) = schema["properties"]["attributes"]["patternProperties"].values()
    rule["maxLength"] = 10


OLD_READERS = "Consumers of the last release cannot read the new events"
OLD_EVENTS = "Upgraded consumers cannot read the events that are in the log"
BOTH = "Consumers of the last release may refuse new events"

BREAKS: dict[str, tuple[Callable[[Schema], object], str, str]] = {
    "removed field": (
        lambda schema: schema["properties"].pop("language"),
        "`language`: removed (or renamed)",
        OLD_READERS,
    ),
    "renamed field": (rename_language, "`language`: removed (or renamed)", OLD_READERS),
    "new required field": (require_new_field, "`brand`: required field added", OLD_EVENTS),
    "optional field became required": (
        lambda schema: schema["required"].append("language"),
        "`language`: became required",
        OLD_EVENTS,
    ),
    "required field became optional": (
        lambda schema: schema["required"].remove("body"),
        "`body`: became optional",
        OLD_READERS,
    ),
    "type changed in a nested part": (
        lambda schema: part(schema, "TicketSnapshot")["version"].update(type="string"),
        "`ticket.version`: type changed from integer to string",
        BOTH,
    ),
    "type changed in a list": (
        lambda schema: part(schema, "Attachment")["size_bytes"].update(type="number"),
        "`attachments[].size_bytes`: type changed from integer to number",
        BOTH,
    ),
    "one more kind of value": (
        lambda schema: part(schema, "Customer")["name"]["anyOf"].append({"type": "integer"}),
        "`customer.name`: it may be 3 kinds of value instead of 2",
        BOTH,
    ),
    "closed value added": (
        lambda schema: part(schema, "TicketSnapshot")["priority"]["enum"].append("critical"),
        "`ticket.priority`: value 'critical' added",
        OLD_READERS,
    ),
    "closed value removed": (
        lambda schema: part(schema, "TicketSnapshot")["priority"]["enum"].remove("low"),
        "`ticket.priority`: value 'low' removed",
        OLD_EVENTS,
    ),
    "closed set opened": (
        lambda schema: part(schema, "TicketSnapshot")["priority"].pop("enum"),
        "`ticket.priority`: it became or is no more a closed set of values",
        BOTH,
    ),
    "constraint tightened": (
        lambda schema: schema["properties"]["body"].update(maxLength=100),
        "`body`: maxLength changed from 65536 to 100",
        BOTH,
    ),
    "constraint loosened": (
        lambda schema: schema["properties"]["body"].pop("maxLength"),
        "`body`: maxLength changed from 65536 to (none)",
        BOTH,
    ),
    "default changed": (
        lambda schema: part(schema, "TicketSnapshot")["message_count"].update(default=0),
        "`ticket.message_count`: default changed from 1 to 0",
        BOTH,
    ),
    "rule of keys changed": (
        lambda schema: schema["properties"]["attributes"].update(patternProperties={}),
        "`attributes`: the rule of its keys changed",
        BOTH,
    ),
    "rule of values changed": (
        shorten_attribute_values,
        "`attributes{}`: maxLength changed from 500 to 10",
        BOTH,
    ),
    "list without items": (
        lambda schema: schema["properties"]["attachments"].pop("items"),
        "`attachments`: what the list holds changed",
        BOTH,
    ),
    "unknown fields forbidden": (
        lambda schema: schema.update(additionalProperties=False),
        "additionalProperties changed from (none) to False",
        BOTH,
    ),
    "no longer personal": (
        lambda schema: schema["properties"]["body"].pop("x-personal"),
        "`body`: no longer marked as personal",
        BOTH,
    ),
}


@pytest.mark.parametrize(("edit", "what", "harm"), BREAKS.values(), ids=BREAKS)
def test_a_break_is_refused_with_its_field_harm_and_remedy(
    copy: Checkout,
    capsys: pytest.CaptureFixture[str],
    edit: Callable[[Schema], object],
    what: str,
    harm: str,
) -> None:
    change(copy, edit)
    assert main([], copy) == 1
    output = capsys.readouterr().out
    assert output.startswith("BREAK ticket.created/v1")
    assert what in output
    assert harm in output
    assert "upgrade ai, escalation, notify, projection first, then ingest" in output


def test_an_event_version_that_is_gone_is_a_break(
    copy: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy.schemas / "sla.met" / "v1.json").unlink()
    assert main([], copy) == 1
    assert "BREAK sla.met/v1: this event version is gone" in capsys.readouterr().out


def add_optional_fields(schema: Schema) -> None:
    schema["properties"]["brand"] = {"type": "string", "default": ""}
    part(schema, "Customer")["pronouns"] = {"type": "string", "default": ""}


def test_an_optional_field_passes_and_says_who_should_upgrade(
    copy: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    change(copy, add_optional_fields)
    assert main([], copy) == 0
    upgrade = "upgrade ai, escalation, notify, projection first, then ingest"
    assert capsys.readouterr().out == (
        f"ok    ticket.created/v1 `brand`: optional field added. Nobody breaks;"
        f" to make use of it, {upgrade}.\n"
        f"ok    ticket.created/v1 `customer.pronouns`: optional field added. Nobody breaks;"
        f" to make use of it, {upgrade}.\n"
        "0 breaks, 2 harmless changes since the release\n"
    )


@pytest.mark.parametrize(
    "edit",
    [
        lambda schema: schema.update(description="Said better."),
        lambda schema: schema["properties"]["body"].update(description="Said at all."),
        lambda schema: (
            schema["$defs"].update(Person=schema["$defs"].pop("Customer"))
            or schema["properties"]["customer"].update({"$ref": "#/$defs/Person"})
        ),
    ],
    ids=["description", "field's description", "part renamed"],
)
def test_what_changes_no_event_is_no_change(
    copy: Checkout, edit: Callable[[Schema], object]
) -> None:
    change(copy, edit)
    assert findings(copy.released, copy.schemas) == []


def test_a_new_event_a_new_major_version_and_a_new_personal_mark_pass(copy: Checkout) -> None:
    v1 = copy.schemas / "ticket.created" / "v1.json"
    shutil.copy(v1, v1.with_name("v2.json"))
    shutil.copytree(copy.schemas / "csat.received", copy.schemas / "weather.changed")
    change(
        copy, lambda schema: part(schema, "ExternalReference")["id"].update({"x-personal": True})
    )
    found = [str(finding) for finding in findings(copy.released, copy.schemas)]
    assert found == [
        "ok    ticket.created/v1 `external.id`: now marked as personal: must not be logged any"
        " more. Nobody breaks; to make use of it, upgrade ai, escalation, notify, projection"
        " first, then ingest.",
        "ok    ticket.created/v2: new event version. Nobody breaks; to make use of it, upgrade ai,"
        " escalation, notify, projection first, then ingest.",
        "ok    weather.changed/v1: new event version. Nobody breaks; to make use of it, upgrade"
        " its readers first, then its owner.",
    ]


def test_a_release_takes_the_schemas_over(copy: Checkout) -> None:
    change(copy, add_optional_fields)
    assert main(["--release"], copy) == 0
    assert findings(copy.released, copy.schemas) == []


def test_a_break_is_never_released(copy: Checkout) -> None:
    change(copy, rename_language)
    assert main(["--release"], copy) == 1
    assert findings(copy.released, copy.schemas)


def test_without_a_release_there_is_nothing_to_compare_with(
    copy: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(copy.released)
    assert main([], copy) == 2
    assert "is missing: restore it, or cut a --release" in capsys.readouterr().out


def test_the_contracts_of_this_checkout_break_nobody() -> None:
    here = this_checkout()
    found = findings(here.released, here.schemas)
    assert [str(finding) for finding in found if finding.breaks] == []


def test_a_rule_of_all_values_is_compared_like_any_schema() -> None:
    def holding(**rule: object) -> Schema:
        return {"properties": {"sizes": {"additionalProperties": {"type": "string", **rule}}}}

    assert changes(holding(maxLength=5), holding(maxLength=5)) == []
    assert changes(holding(maxLength=5), holding(maxLength=4)) == [
        Change("sizes{}", "maxLength changed from 5 to 4", "both")
    ]

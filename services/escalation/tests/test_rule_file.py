"""A file of rules that cannot be used is refused with the rule, the field and the reason."""

from pathlib import Path

import pytest

from deskstream_escalation.adapters.policy_file import load_policy
from deskstream_escalation.adapters.rule_compiler import RuleCompiler
from deskstream_escalation.adapters.rule_file import load_rules
from deskstream_escalation.adapters.toml_file import InvalidFile
from deskstream_escalation.domain.rule import Deescalate, Escalate
from deskstream_escalation.settings import Settings

GOOD = """
[[rule]]
name = "vip"
when = '"vip" in tags'
because = "A very important person, priority {priority}."
then = { escalate = { level = 2, priority = "high", queue = "vip" } }

[[rule]]
name = "thanked"
when = 'intent == "praise"'
because = "The customer says thanks."
then = { deescalate = true }
"""


def refusal(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "rules.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InvalidFile) as refused:
        load_rules(path, RuleCompiler())
    return str(refused.value)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(GOOD)
    vip, thanked = load_rules(path, RuleCompiler()).rules
    assert isinstance(vip.then, Escalate)
    assert (vip.then.level.source, vip.then.priority, vip.then.queue) == ("2", "high", "vip")
    assert isinstance(thanked.then, Deescalate)


def test_a_sentence_that_looks_like_another_rule(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(GOOD.replace('"The customer says thanks."', '"""Thanks.\n[[rule]]\n"""'))
    assert [rule.name for rule in load_rules(path, RuleCompiler()).rules] == ["vip", "thanked"]


def test_the_version_is_that_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(GOOD)
    first = load_rules(path, RuleCompiler()).version
    assert load_rules(path, RuleCompiler()).version == first
    path.write_text(GOOD + "# another line\n")
    assert load_rules(path, RuleCompiler()).version != first


@pytest.mark.parametrize(
    ("change", "into", "says"),
    [
        ('"vip" in tags', '"vip" in tgas', ": rule 'vip': when: INVALID_ARGUMENT"),
        ('"vip" in tags', "true", ": rule 'vip': when: it reads no fact"),
        ('intent == "praise"', "intent", ": rule 'thanked': when: it gives a STRING"),
        ("level = 2", "level = 6", ": rule 'vip': then.escalate.level.constrained-int"),
        ("level = 2", 'level = "priority"', "rule 'vip': then.escalate.level: it gives a STRING"),
        ('priority = "high"', 'priority = "top"', ": rule 'vip': then.escalate.priority"),
        ("deescalate = true", "deescalate = false", ": rule 'thanked': then.deescalate"),
        ("deescalate = true", "page = true", ": rule 'thanked': then.page: Extra inputs"),
        (
            "deescalate = true",
            "deescalate = true, auto_approve = true",
            "exactly one of escalate, deescalate, auto_approve",
        ),
        ('"thanked"', '"vip"', ": rule 'vip': another rule has this name"),
        ('"thanked"', '"Has Thanked"', ": rule 'Has Thanked': name"),
        ('name = "thanked"', "", ": rule 2: name: Field required"),
        ("{priority}", "{body}", ": rule 'vip': because: 'body' in braces is not a fact"),
        ("{priority}", "{priority.__class__}", "is not a fact"),
        ("{priority}", "{priority:{level}}", "has braces"),
        ("{priority}", "{priority:.2f}", "rule 'vip': because: Unknown format code"),
        ("{priority}", "{priority", "rule 'vip': because: expected '}'"),
        ("then = { deescalate = true }", "", ": rule 'thanked': then: Field required"),
        ("[[rule]]", "[[rule]", "at line 2"),
    ],
)
def test_what_is_refused(tmp_path: Path, change: str, into: str, says: str) -> None:
    assert change in GOOD
    assert says in refusal(tmp_path, GOOD.replace(change, into))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="No such file"):
        load_rules(tmp_path / "absent.toml", RuleCompiler())
    assert "not UTF-8 at byte 0" in refusal(tmp_path, b"\xff\xfe")
    assert "larger than" in refusal(tmp_path, "#" * 300_000)
    assert "rule: Field required" in refusal(tmp_path, "")


SLA = Settings.model_fields["sla_file"].default.read_text()


@pytest.mark.parametrize(
    ("change", "into", "says"),
    [
        ("warn_at = 0.8", "warn_at = 80", "warn_at: Input should be less than 1"),
        ("[targets.low]", "[targets.lowest]", "targets.low: Field required"),
        ("resolution_min = 480 ", "resolution_min = 0 ", "targets.urgent.resolution_min"),
        ("next_response_min = 60", "next_response_h = 1", "next_response_min: Field required"),
    ],
)
def test_service_levels_that_are_refused(tmp_path: Path, change: str, into: str, says: str) -> None:
    path = tmp_path / "sla.toml"
    assert change in SLA
    path.write_text(SLA.replace(change, into))
    with pytest.raises(InvalidFile) as refused:
        load_policy(path)
    assert says in str(refused.value)

"""The page of the metrics is fresh, and alerts ask for metrics that are there."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("metrics_page", ROOT / "tools" / "metrics.py")
assert _SPEC is not None
assert _SPEC.loader is not None
metrics_page = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(metrics_page)

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
]


def test_the_page_is_what_the_registry_says() -> None:
    assert metrics_page.PAGE.read_text() == metrics_page.page(), "run `make generate`"


def test_names_are_ours_and_end_with_their_unit() -> None:
    for metric in metrics_page.all_metrics():
        (family,) = metric.describe()
        assert family.name.startswith("deskstream_")
        if re.search(r"age|duration|lag_sec|timestamp", family.name):
            assert family.name.endswith("_seconds"), family.name
        assert family.documentation.endswith("."), family.name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_metrics_that_are_there(rule: dict[str, Any]) -> None:
    named = set(re.findall(r"deskstream_\w+", rule["expr"]))
    assert named
    assert named <= metrics_page.sample_names(metrics_page.all_metrics())
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]


def test_all_that_can_stand_still_has_an_alert() -> None:
    asked = " ".join(rule["expr"] for rule in RULES)
    for what in ("ready", "working", "outbox", "work_due", "parked", "lag", "halted", "rejoining"):
        assert f"deskstream_{what}" in asked or f"deskstream_consumer_{what}" in asked, what

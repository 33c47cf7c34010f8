"""One word, one thing: two classes of one name are the same concept, in two bounded contexts."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for path in ROOT.glob("*/*/src/**/*.py") if ".template" not in path.parts)

SHAPE = {"Settings", "CommandHandlers", "EventHandlers", "RebuildHandlers", "Retention"}
"""What each service has of its own."""

ONE_CONCEPT = {
    "Circuit": "a circuit breaker's: of a model, and of a receiver of webhooks",
    "Csat": "a rating: of the read model, and in its response",
    "Decision": "what a person decided on a draft: of the aggregate, and of its read model",
    "Delivery": "how a reply reached its customer: of the read model, and in its response",
    "Draft": "a draft: as the model gives it, as ingest decides on it, as rules and readers see it",
    "DraftAnswer": "a draft in a response, whose schema has this name; and what a model answers",
    "Escalation": "of the read model, and in its response",
    "Message": "a message: of the read model's response, and one that notify sends",
    "NewestDraft": "of the read model, and in its response",
    "Sentiment": "how a message sounds: as a model says it, as rules and readers see it",
    "SlaClock": "a service-level clock: as it is decided on, and in a ticket's response",
    "TicketSnapshot": "a ticket's snapshot: in its events, and what rules read of it",
    "Triage": "as a model says it, as rules and readers see it",
}


def test_two_classes_of_one_name_are_one_concept() -> None:
    modules: dict[str, set[str]] = defaultdict(set)
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].add(str(path.relative_to(ROOT)))
    shared = {name: sorted(paths) for name, paths in modules.items() if len(paths) > 1}
    unexplained = {name: paths for name, paths in shared.items() if name not in ONE_CONCEPT}
    assert {name: paths for name, paths in unexplained.items() if name not in SHAPE} == {}
    assert ONE_CONCEPT.keys() <= shared.keys(), "an explanation that nothing needs"

"""Measures the local model on labeled files: the figures of docs/decisions/0007-local-model.md.

Each file is a CSV with a column `text` and one of labels. The data sets that the decision record
names are not part of this project: bring your own copies.

    python tools/measure_local_model.py sentiment FILE.csv
    python tools/measure_local_model.py intent BANKING77.csv
"""

import csv
import sys
import time
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path

from deskstream_ai.adapters.local.rules import TriageRules
from deskstream_ai.adapters.local.sentiment import SentimentScorer
from deskstream_ai.adapters.local.triage import OTHER, triage
from deskstream_ai.domain.analysis import Sentiment

_LOCAL = files("deskstream_ai.adapters.local")
_CLASSES = ("negative", "neutral", "positive")


def _rows(path: str, label: str) -> list[tuple[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [(row["text"], row[label]) for row in csv.DictReader(file)]


def measure_sentiment(path: str) -> list[str]:
    """Accuracy and macro-F1 of the three classes; the two strong labels count as their class."""
    rows = _rows(path, "sentiment")
    scorer = SentimentScorer((_LOCAL / "sentiment.toml").read_text("utf-8"))
    began = time.perf_counter()
    predicted = [scorer.score(text).label.removeprefix("very_") for text, _ in rows]
    elapsed_us = (time.perf_counter() - began) / len(rows) * 1e6
    pairs = list(zip(predicted, (label for _, label in rows), strict=True))
    f1 = [_f1(pairs, name) for name in _CLASSES]
    accuracy = sum(one == label for one, label in pairs) / len(pairs)
    each = ", ".join(f"{name} {value:.3f}" for name, value in zip(_CLASSES, f1, strict=True))
    return [
        f"{len(rows)} texts, {elapsed_us:.0f} µs each",
        f"accuracy {accuracy:.3f}, macro-F1 {sum(f1) / len(f1):.3f} ({each})",
    ]


def _f1(pairs: list[tuple[str, str]], name: str) -> float:
    right = sum(predicted == label == name for predicted, label in pairs)
    wrong = sum((predicted == name) != (label == name) for predicted, label in pairs)
    return 2 * right / max(1, 2 * right + wrong)


def measure_intent(path: str) -> list[str]:
    """How many texts get an intent, and how many of those one that fits their banking77 label."""
    rows = _rows(path, "category")
    fitting = _fitting_intents()
    rules = TriageRules((_LOCAL / "rules.toml").read_text("utf-8"))
    calm = Sentiment("neutral", 0.0, 1.0)
    began = time.perf_counter()
    predicted = [triage(rules, text, calm, None).intent for text, _ in rows]
    elapsed_us = (time.perf_counter() - began) / len(rows) * 1e6
    labels = [label for _, label in rows]
    covered = [pair for pair in zip(labels, predicted, strict=True) if pair[1] != OTHER]
    wrong = Counter(pair for pair in covered if pair[1] not in fitting.get(pair[0], ()))
    right = len(covered) - wrong.total()
    return [
        f"{len(rows)} texts, {elapsed_us:.0f} µs each",
        f"covered {len(covered) / len(rows):.3f}, fitting {right / len(covered):.3f} of those, "
        f"{right / len(rows):.3f} of all",
        *(f"  {count:4d} {label} → {intent}" for (label, intent), count in wrong.most_common(20)),
    ]


def _fitting_intents() -> dict[str, set[str]]:
    """banking77's label → our intents that fit it."""
    file = tomllib.loads(Path(__file__).with_name("banking77.toml").read_text("utf-8"))
    fitting: dict[str, set[str]] = {}
    for intent, labels in file["fits"].items():
        for label in labels:
            fitting.setdefault(label, set()).add(intent)
    return fitting


if __name__ == "__main__":
    measure = {"sentiment": measure_sentiment, "intent": measure_intent}[sys.argv[1]]
    sys.stdout.write("\n".join(measure(sys.argv[2])) + "\n")

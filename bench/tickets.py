"""The tickets that are offered: real questions of the demo, each from a customer of its own."""

import csv
import json
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

from deskstream_cli.stack.data_folder import repository_root

_ENDINGS = (
    "",
    " Please answer soon, I have been waiting since Monday.",
    " Thank you, you have always been wonderful.",
    "",
    " I tried the app and the website on two phones, and I get the same message every time. "
    "I have been a customer for six years and this is the first time that I have had to write. "
    "What do you need from me so that it can be looked at today?",
    " Could you explain how that works?",
    " I hope you can help me with it.",
    " This is horrible, I am furious and nobody answers the phone!",
)
"""One in eight is angry enough to be escalated, and alerted by e-mail."""


def bodies() -> Iterator[bytes]:
    """Bodies of `POST /v1/tickets` without end; no two runs have a customer in common."""
    questions = texts()
    run = uuid4().hex[:8]
    for number in count():
        yield json.dumps(
            {
                "body": questions[number % len(questions)] + _ENDINGS[number % len(_ENDINGS)],
                "channel": "email",
                "customer": {"email": f"{run}.{number}@example.com", "name": "Anna Berg"},
                "tags": ["bench"],
                "attributes": {"order": str(number)},
            }
        ).encode()


def texts() -> list[str]:
    """The questions of the demo."""
    with (repository_root() / "demo" / "tickets.csv").open(newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]

"""The file of triage rules, read and validated at start."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from deskstream_ai.adapters.local.phrases import Phrases
from deskstream_ai.adapters.local.toml_file import TomlTable
from deskstream_contracts.events.ticket import Priority
from deskstream_contracts.model import Code, Line

Weight = Literal["1", "2", "3"]
PhraseList = Annotated[list[Line], Field(min_length=1)]


class IntentRule(TomlTable):
    """The phrases of an intent, the queue that handles it, and the priority it starts from."""

    queue: Code
    priority: Priority
    phrases: dict[Weight, PhraseList]


class _PhraseGroup(TomlTable):
    phrases: PhraseList


class _File(TomlTable):
    intent_floor: Annotated[float, Field(gt=0)]
    ignored_words: list[Line]
    intents: dict[Code, IntentRule]
    priority: dict[Priority, _PhraseGroup]
    tags: dict[Code, _PhraseGroup]


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase in a message that indicates an intent."""

    intent: str
    phrase: str
    weight: int


class TriageRules:
    """The rules, ready for use.

    Raises pydantic's `ValidationError`, which names the key, or `ValueError`, which names the
    phrase, for an invalid file.
    """

    def __init__(self, toml: str) -> None:
        file = _File.parse(toml)
        self.ignored = frozenset(file.ignored_words)
        self.intents = file.intents
        self.intent_floor = file.intent_floor
        self.intent_phrases: Phrases[Hit] = Phrases(
            (
                (phrase, intent, Hit(intent, phrase, int(weight)))
                for intent, rule in file.intents.items()
                for weight, phrases in rule.phrases.items()
                for phrase in phrases
            ),
            self.ignored,
        )
        self.priority_phrases: Phrases[tuple[Priority, str]] = Phrases(
            (
                (phrase, priority, (priority, phrase))
                for priority, group in file.priority.items()
                for phrase in group.phrases
            ),
            self.ignored,
        )
        self.tag_phrases: Phrases[str] = Phrases(
            ((phrase, tag, tag) for tag, group in file.tags.items() for phrase in group.phrases),
            self.ignored,
        )

"""The input of a model: the text of a message, and passages as sources."""

from uuid import UUID

import pytest

from deskstream_ai.domain.message import CustomerMessage, Passage


def text_of(subject: str, body: str) -> str:
    return CustomerMessage(UUID(int=1), UUID(int=2), subject, body, "email").text


def test_subject_and_body_are_one_text() -> None:
    assert text_of("Refund", "Where is it?") == "Refund\nWhere is it?"


@pytest.mark.parametrize("subject", ["Where is my", "Where is my…", "Where is my..."])
def test_a_subject_that_repeats_the_body_is_left_out(subject: str) -> None:
    assert text_of(subject, "Where is my refund?") == "Where is my refund?"


@pytest.mark.parametrize("subject", ["", "…"])
def test_a_message_without_a_subject_is_its_body(subject: str) -> None:
    assert text_of(subject, "Where is my refund?") == "Where is my refund?"


def test_a_passage_is_a_source_by_its_articles_hash_and_a_rounded_score() -> None:
    source = Passage(UUID(int=1), 2, "f" * 64, "Refunds", "Five days.", 0.123456).as_source()
    assert (source.kind, source.id, source.version) == ("article", UUID(int=1), 2)
    assert (source.sha256, source.title, source.score) == ("f" * 64, "Refunds", 0.1235)

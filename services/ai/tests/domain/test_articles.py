"""The lifecycle of an article, and its passages."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from deskstream_ai.domain.articles import (
    PASSAGE_MAX_CHARS,
    ArticleText,
    ArticleUnknown,
    evolve,
    passages_of,
    publish,
    withdraw,
)

ID = UUID(int=1)
NOW = datetime(2026, 1, 15, tzinfo=UTC)
CONTENT = ArticleText(title="Refunds", body="Refunds take five days.", tags=("refund",))


def test_a_first_version_is_published() -> None:
    article, event = publish(ID, None, CONTENT, author_id="anna", now=NOW)
    assert article.version == 1
    assert event is not None
    assert (event.article_id, event.version, event.sha256) == (ID, 1, CONTENT.sha256)


def test_the_same_content_again_changes_nothing() -> None:
    before, _ = publish(ID, None, CONTENT, author_id="anna", now=NOW)
    after, event = publish(ID, before, CONTENT, author_id="ben", now=NOW)
    assert after is before
    assert event is None


def test_withdrawn_once() -> None:
    before, _ = publish(ID, None, CONTENT, author_id="anna", now=NOW)
    after, event = withdraw(before, author_id="anna", now=NOW)
    again, nothing = withdraw(after, author_id="anna", now=NOW)
    assert event is not None
    assert (event.version, after.withdrawn_at) == (2, NOW)
    assert again is after
    assert nothing is None


def test_a_withdrawn_article_comes_back_with_a_new_version() -> None:
    before, _ = publish(ID, None, CONTENT, author_id="anna", now=NOW)
    gone, _ = withdraw(before, author_id="anna", now=NOW)
    back, event = publish(ID, gone, CONTENT, author_id="anna", now=NOW)
    assert event is not None
    assert (back.version, back.withdrawn_at) == (3, None)


def test_events_evolve_an_article_once_however_often_they_come() -> None:
    first, published = publish(ID, None, CONTENT, author_id="anna", now=NOW)
    last, withdrawn = withdraw(first, author_id="ben", now=NOW)
    assert published is not None
    assert withdrawn is not None
    known = None
    for event in (published, withdrawn, published, withdrawn):
        known = evolve(known, event)
    assert known == last
    assert evolve(None, published) == first


def test_a_withdrawal_alone_makes_no_article() -> None:
    first, _ = publish(ID, None, CONTENT, author_id="anna", now=NOW)
    _, withdrawn = withdraw(first, author_id="ben", now=NOW)
    assert withdrawn is not None
    assert evolve(None, withdrawn) is None


def test_another_event_of_a_known_version_changes_nothing() -> None:
    first, _ = publish(ID, None, CONTENT, author_id="anna", now=NOW)
    _, other = publish(ID, None, replace(CONTENT, body="Ten days."), author_id="ben", now=NOW)
    assert other is not None
    assert evolve(first, other) is first


def test_an_unknown_article_is_named() -> None:
    assert str(ID) in str(ArticleUnknown(ID))


def test_the_hash_names_title_and_body() -> None:
    assert replace(CONTENT, title="Other").sha256 != CONTENT.sha256
    assert replace(CONTENT, tags=()).sha256 == CONTENT.sha256


@given(st.text(alphabet=st.sampled_from("ab. \n!?"), max_size=3_000))
def test_passages_hold_every_word_and_are_bounded(body: str) -> None:
    passages = passages_of(body)
    assert "".join("".join(passages).split()) == "".join(body.split())
    assert all(0 < len(passage) <= PASSAGE_MAX_CHARS for passage in passages if passage)


def test_paragraphs_stay_apart_and_long_ones_are_split_between_sentences() -> None:
    sentence = "This sentence has some words in it. "
    passages = passages_of(f"Short one.\n\n{sentence * 40}")
    assert passages[0] == "Short one."
    assert len(passages) > 2
    assert all(passage.endswith(".") for passage in passages)


def test_sentences_share_a_passage_up_to_its_limit() -> None:
    half, rest = f"{'a' * 349}.", f"{'b' * 348}."
    assert passages_of(f"{half} {rest}") == (f"{half} {rest}",)
    assert passages_of(f"{half} b{rest}") == (half, f"b{rest}")
    assert passages_of("One. Two. Three.") == ("One. Two. Three.",)


def test_a_sentence_longer_than_a_passage_is_cut_after_700_characters() -> None:
    assert passages_of("a" * 701) == ("a" * 700, "a")

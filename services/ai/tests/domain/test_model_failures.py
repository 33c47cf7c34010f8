"""A model that gives no answer: whether other calls would fail too, and the advice."""

import pytest

from deskstream_ai.domain.advice import advice
from deskstream_ai.domain.model import (
    InvalidAnswer,
    ModelMisconfigured,
    ModelUnavailable,
    NoAnswer,
)


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_a_status_about_the_account_fails_every_call(status: int) -> None:
    assert ModelMisconfigured("refused", "", status=status).is_certain


@pytest.mark.parametrize("status", [400, 402, 405, 422, 430])
def test_a_status_about_one_call_says_nothing_about_others(status: int) -> None:
    assert not ModelMisconfigured("refused", "", status=status).is_certain


@pytest.mark.parametrize(
    ("status", "setting"),
    [
        (401, "DESK_AI_OPENAI_API_KEY"),
        (403, "grant it access"),
        (404, "DESK_AI_OPENAI_MODEL"),
    ],
)
def test_the_advice_on_a_status_names_what_to_correct(status: int, setting: str) -> None:
    assert setting in advice(ModelMisconfigured("refused_request", "", status=status))


def test_any_other_status_is_advised_on_by_its_reason() -> None:
    refused = advice(ModelMisconfigured("insufficient_quota", "", status=429))
    assert "billing" in refused
    assert refused == advice(ModelUnavailable("insufficient_quota", ""))


def test_an_answer_in_another_form_is_advised_on_as_such() -> None:
    assert "schema" in advice(InvalidAnswer("not_the_schema", "no field body"))


def test_an_error_says_its_reason_and_its_detail_if_it_has_one() -> None:
    assert str(NoAnswer("timeout", "after 10 s")) == "timeout: after 10 s"
    assert str(NoAnswer("timeout", "")) == "timeout"

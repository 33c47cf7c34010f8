"""What providers' answers mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_notify.domain.send_result import (
    Reason,
    SendFailed,
    Sent,
    of_http_status,
    of_smtp_code,
)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_accepted(status: int) -> None:
    assert of_http_status(status) == Sent()


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599])
def test_a_temporary_failure_is_retried(status: int) -> None:
    outcome = of_http_status(status, 7.0)
    assert isinstance(outcome, SendFailed)
    assert not outcome.final
    assert not outcome.doubtful
    assert not outcome.ambiguous
    assert outcome.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("status", "reason"),
    [(301, "redirected"), (307, "redirected"), (400, "rejected"), (401, "rejected"),
     (403, "rejected"), (404, "rejected"), (413, "rejected"), (422, "rejected"), (451, "rejected")],
)  # fmt: skip
def test_a_probably_permanent_failure_is_doubtful_and_not_final(
    status: int, reason: Reason
) -> None:
    outcome = of_http_status(status, 7.0)
    assert outcome == SendFailed(
        reason, doubtful=True, retry_after_s=7.0, detail=f"HTTP {status}", status=status
    )


@given(st.integers(100, 999))
def test_only_gone_is_final(status: int) -> None:
    outcome = of_http_status(status)
    assert isinstance(outcome, SendFailed) != (200 <= status < 300)
    assert isinstance(outcome, Sent) or outcome.final == (status == 410)


def test_gone_is_not_called_again() -> None:
    assert of_http_status(410, 7.0) == SendFailed("gone", final=True, detail="HTTP 410", status=410)


@pytest.mark.parametrize(
    ("status", "reason"), [(429, "rate_limited"), (500, "receiver_failed"), (408, "rejected")]
)
def test_a_temporary_failure_has_its_reason(status: int, reason: Reason) -> None:
    assert of_http_status(status) == SendFailed(reason, detail=f"HTTP {status}", status=status)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(199, "rejected"), (300, "redirected"), (399, "redirected"), (499, "rejected")],
)
def test_the_statuses_beside_a_class_are_not_of_it(status: int, reason: Reason) -> None:
    outcome = of_http_status(status)
    assert isinstance(outcome, SendFailed)
    assert (outcome.reason, outcome.doubtful) == (reason, True)


def test_a_result_is_plain_unless_it_says_more() -> None:
    failed = SendFailed("timeout")
    assert (failed.final, failed.doubtful, failed.ambiguous) == (False, False, False)


def test_a_mail_servers_4xx_is_temporary_and_5xx_final() -> None:
    assert not of_smtp_code("mailbox_refused", 450, "busy").final
    assert of_smtp_code("mailbox_refused", 550, "unknown").final
    assert not of_smtp_code("login_refused", 535, "who?", final=False).final


@pytest.mark.parametrize(
    ("code", "final"), [(400, False), (499, False), (500, True), (599, True), (600, False)]
)
def test_5xx_of_a_mail_server_is_final(code: int, final: bool) -> None:
    assert of_smtp_code("mailbox_refused", code, "").final == final


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5.1.1 maya@example.com: no such mailbox", "550 5.1.1"),
        ("5.1.10\r\n5.1.10 RecipientNotFound", "550 5.1.10"),
        ("maya@example.com 5.1.1", "550"),
        ("5.1.1.example.com says no", "550"),
        ("", "550"),
    ],
)
def test_of_a_mail_servers_text_only_the_status_is_kept(text: str, words: str) -> None:
    assert of_smtp_code("rejected", 550, text).detail == f"The mail server answered {words}."

"""The result of one attempt, and which result an answer from outside means."""

import re
from dataclasses import dataclass
from typing import Literal

WebhookReason = Literal[
    "unreachable",
    "interrupted",
    "timeout",
    "tls_failed",
    "rejected",
    "rate_limited",
    "receiver_failed",
    "redirected",
    "gone",
    "forbidden_address",
    "invalid_url",
    "payload_gone",
]
"""Why a call of a webhook failed."""

Reason = Literal[
    WebhookReason,
    "mailbox_refused",
    "sender_refused",
    "login_refused",
    "not_supported",
    "invalid_address",
    "invalid_header",
    "withdrawn",
    "gave_up",
]


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted it."""

    provider_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class SendFailed:
    """It was not accepted, or we cannot know (`ambiguous`).

    `final`: a retry is useless. `doubtful`: a retry is probably useless, so there are retries for
    a short time only, as a misconfigured receiver answers like this too. `retry_after_s`: how long
    the provider asked us to wait. `status`: the HTTP status, if there was an answer. `detail` is
    published for ever: our own sentences, with codes of the other side and none of its words.
    """

    reason: Reason
    final: bool = False
    doubtful: bool = False
    ambiguous: bool = False
    retry_after_s: float | None = None
    detail: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """It was not attempted: erased meanwhile, or the subscription is gone."""


SendResult = Sent | SendFailed | Withdrawn

# These statuses blame the request, and yet the same request may succeed later.
_PASSING = frozenset({408, 409, 425})
_ENHANCED_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")


def of_http_status(status: int, retry_after_s: float | None = None) -> Sent | SendFailed:
    """The result that a receiver's status means (Standard Webhooks 1.0, "Deliverability").

    Only 410 says that calls are not wanted any more. Any other refusal may be a mistake.
    """
    if 200 <= status < 300:
        return Sent()

    def failed(reason: Reason, *, final: bool = False, doubtful: bool = False) -> SendFailed:
        return SendFailed(
            reason,
            final=final,
            doubtful=doubtful,
            retry_after_s=None if final else retry_after_s,
            detail=f"HTTP {status}",
            status=status,
        )

    if status == 410:
        return failed("gone", final=True)
    if status == 429:
        return failed("rate_limited")
    if status >= 500:
        return failed("receiver_failed")
    if status in _PASSING:
        return failed("rejected")
    return failed("redirected" if 300 <= status < 400 else "rejected", doubtful=True)


def of_smtp_code(reason: Reason, code: int, text: str, *, final: bool | None = None) -> SendFailed:
    """The result of a mail server's refusal: 4xx is temporary, 5xx final (RFC 5321, 4.2.1).

    Of its text only the enhanced status code is kept (RFC 3463): the rest may quote anybody.
    """
    status = _ENHANCED_STATUS.match(text)
    words = f"{code} {status[0]}" if status else f"{code}"
    if final is None:
        final = 500 <= code < 600
    return SendFailed(reason, final=final, detail=f"The mail server answered {words}.")

"""What became of one attempt, and what the outside world's answers mean."""

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
    """The provider took it."""

    provider_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class SendFailed:
    """It was not taken, or we cannot know (`ambiguous`).

    `final`: trying again is of no use. `doubtful`: most likely of no use, so it is tried for a
    while only, as a receiver put up wrongly answers so too. `retry_after_s`: how long the provider
    asked us to wait. `status`: the HTTP status, if there was an answer. `detail` goes into facts,
    for ever: sentences of ours, with the other side's codes and no words.
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
    """It was not tried: erased meanwhile, or the subscription is gone."""


SendResult = Sent | SendFailed | Withdrawn

# These say that the fault is ours, and yet the same request may well succeed later.
_PASSING = frozenset({408, 409, 425})
_ENHANCED_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")


def of_http_status(status: int, retry_after_s: float | None = None) -> Sent | SendFailed:
    """What a webhook receiver's status means (Standard Webhooks 1.0, "Deliverability").

    Only 410 says that nobody wants calls any more. Any other refusal may be a receiver's mistake.
    """
    if 200 <= status < 300:
        return Sent()

    def refused(reason: Reason, *, final: bool = False, doubtful: bool = False) -> SendFailed:
        return SendFailed(
            reason,
            final=final,
            doubtful=doubtful,
            retry_after_s=None if final else retry_after_s,
            detail=f"HTTP {status}",
            status=status,
        )

    if status == 410:
        return refused("gone", final=True)
    if status == 429:
        return refused("rate_limited")
    if status >= 500:
        return refused("receiver_failed")
    if status in _PASSING:
        return refused("rejected")
    return refused("redirected" if 300 <= status < 400 else "rejected", doubtful=True)


def of_smtp_code(reason: Reason, code: int, text: str, *, final: bool | None = None) -> SendFailed:
    """What a mail server's refusal means: 4xx is for now, 5xx for good (RFC 5321 section 4.2.1).

    Of its text the enhanced status code alone is kept (RFC 3463): the rest quotes whom it likes.
    """
    status = _ENHANCED_STATUS.match(text)
    words = f"{code} {status[0]}" if status else f"{code}"
    if final is None:
        final = 500 <= code < 600
    return SendFailed(reason, final=final, detail=f"The mail server answered {words}.")

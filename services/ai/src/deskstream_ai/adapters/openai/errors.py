"""The errors of a call to the provider, each with its reason."""

import re
import socket
import ssl
from collections.abc import Iterator

import openai

from deskstream_ai.domain.model import InvalidAnswer, ModelMisconfigured, ModelUnavailable, NoAnswer

_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_PARAMETER = re.compile(r"[A-Za-z0-9_.\-\[\]/$]{1,128}")
_CAUSES_MAX = 10
_QUOTA = "insufficient_quota"

_ABOUT_THE_MESSAGE = {
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "invalid_prompt": "content_filter",
    "context_length_exceeded": "too_long",
    "string_above_max_length": "too_long",
}
"""Codes of status 400 that a customer's text can cause: the next message may be answered."""

_PASSES = {408: "timeout", 409: "server_error", 425: "server_error"}
"""Transient statuses below 500, besides 429."""


def status_error(error: openai.APIStatusError) -> NoAnswer:
    """The error of a response with an error status, with the provider's own codes.

    Its message is left out: it may quote the request.
    """
    status, code, kind = error.status_code, _word(_WORD, error.code), _word(_WORD, error.type)
    words = {
        "status": str(status),
        "code": code or kind,
        "parameter": _word(_PARAMETER, error.param),
    }
    detail = ", ".join(f"{name} {word}" for name, word in words.items() if word)
    about_message = _ABOUT_THE_MESSAGE.get(code or kind or "") if status == 400 else None
    if about_message:
        return InvalidAnswer(about_message, f"the provider rejects this text: {detail}")
    if status == 429 and _QUOTA not in {code, kind}:
        return ModelUnavailable("rate_limited", detail)
    if status >= 500 or status in _PASSES:
        return ModelUnavailable(_PASSES.get(status, "server_error"), detail)
    reason = _QUOTA if status == 429 else "refused_request"
    return ModelMisconfigured(reason, detail, status=status)


def connection_error(error: openai.APIConnectionError) -> ModelUnavailable:
    """The error of a call without any response."""
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return ModelUnavailable("unknown_host", "the provider's name has no address")
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            why = getattr(cause, "verify_message", "") or "the handshake failed"
            return ModelUnavailable("tls_failed", str(why))
    return ModelUnavailable("unreachable", "no connection to the provider")


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_CAUSES_MAX):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


def _word(form: re.Pattern[str], value: object) -> str | None:
    """The value if it is a word: an impostor of the provider may send anything."""
    return value if isinstance(value, str) and form.fullmatch(value) else None

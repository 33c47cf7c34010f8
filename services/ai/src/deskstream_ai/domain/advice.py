"""What to do about a model that gives no answer."""

from deskstream_ai.domain.model import ModelMisconfigured, NoAnswer

_BY_STATUS = {
    401: "The provider does not accept the key: correct DESK_AI_OPENAI_API_KEY.",
    403: "The key may not use this model: grant it access, or choose another key or model.",
    404: "The model or the address does not exist: correct DESK_AI_OPENAI_MODEL or "
    "DESK_AI_OPENAI_BASE_URL (it usually ends in /v1).",
}

_BY_REASON = {
    "insufficient_quota": "The account has no quota left: check its billing.",
    "refused_request": "The provider refuses the form of our requests: code and parameter name the "
    "part. Does it support chat completions with a strict json_schema?",
    "rate_limited": "The account's rate limit is exceeded: the next call is after a pause. Raise "
    "the limit or lower DESK_AI_UNDERSTAND_CONCURRENCY_MAX.",
    "timeout": "The provider hangs or is too slow: check its status page, or raise "
    "DESK_AI_OPENAI_TIMEOUT_S.",
    "server_error": "The provider has an internal problem: the next call is after a pause.",
    "unknown_host": "The host in DESK_AI_OPENAI_BASE_URL cannot be resolved: correct it or check "
    "DNS.",
    "tls_failed": "No secure connection: is the certificate trusted here, does a proxy present its "
    "own, is https:// right?",
    "unreachable": "Nothing answers there: is DESK_AI_OPENAI_BASE_URL right, is a firewall "
    "in between?",
    "broken_off": "The response was cut off: check the proxies between here and the provider.",
    "not_json": "Does DESK_AI_OPENAI_BASE_URL lead to the API (it usually ends in /v1)? Does a "
    "proxy or a login page answer instead?",
    "not_a_completion": "Does DESK_AI_OPENAI_BASE_URL lead to a chat completions API?",
    "too_large": "Does DESK_AI_OPENAI_BASE_URL lead to a chat completions API?",
    "refusal": "The model refuses to answer: choose another model.",
    "content_filter": "A content filter withholds the answer: check the provider's settings.",
    "too_long": "The text or the answer is too long for this model: raise "
    "DESK_AI_OPENAI_ANSWER_TOKENS_MAX or choose a model with a larger context.",
}

_INVALID = "The model violates the schema: choose one that supports strict structured output."


def advice(error: NoAnswer) -> str:
    """A sentence or two for the operator of the service."""
    status = error.status if isinstance(error, ModelMisconfigured) else None
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return _BY_REASON.get(error.reason, _INVALID)

"""What to do about a model that gives no answer, in plain words."""

from deskstream_ai.domain.model import ModelMisconfigured, NoAnswer

_BY_STATUS = {
    401: "The key is not known there: correct DESK_AI_OPENAI_API_KEY.",
    403: "The key may not use this model: give it the right, or choose another key or model.",
    404: "There is no such model or address: correct DESK_AI_OPENAI_MODEL or "
    "DESK_AI_OPENAI_BASE_URL (it usually ends in /v1).",
}

_BY_REASON = {
    "insufficient_quota": "The account has no quota left: look at its billing.",
    "refused_request": "The provider does not take our requests as they are: code and parameter "
    "say which part. Does it know chat completions with a strict json_schema?",
    "rate_limited": "More questions than the account allows: it is asked again after a pause. "
    "Raise the limit or lower DESK_AI_UNDERSTAND_CONCURRENCY_MAX.",
    "timeout": "It hangs or is too slow: look at the provider's state, or raise "
    "DESK_AI_OPENAI_TIMEOUT_S.",
    "server_error": "The provider has trouble of its own: it is asked again after a pause.",
    "unknown_host": "The host in DESK_AI_OPENAI_BASE_URL is not known: correct it, or look at DNS.",
    "tls_failed": "No secure connection: is its certificate known here, does a proxy put in its "
    "own, is https:// right?",
    "unreachable": "Nothing answers there: is DESK_AI_OPENAI_BASE_URL right, is a firewall in "
    "between?",
    "broken_off": "The answer broke off: look at what is between here and the provider.",
    "not_json": "Does DESK_AI_OPENAI_BASE_URL lead to the API (it usually ends in /v1)? Is a proxy "
    "or a login page between?",
    "not_a_completion": "Does DESK_AI_OPENAI_BASE_URL lead to a chat completions API?",
    "too_large": "Does DESK_AI_OPENAI_BASE_URL lead to a chat completions API?",
    "refusal": "The model will not answer: choose another model.",
    "content_filter": "A content filter withholds it: look at the provider's filter settings.",
    "too_long": "Text or answer is too long for this model: raise "
    "DESK_AI_OPENAI_ANSWER_TOKENS_MAX or choose a model with a larger context.",
}

_INVALID = "The model does not keep to the schema: choose one that knows strict structured output."


def advice(error: NoAnswer) -> str:
    """A sentence or two for whoever can change something."""
    status = error.status if isinstance(error, ModelMisconfigured) else None
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return _BY_REASON.get(error.reason, _INVALID)

"""Calls of the chat completions API."""

import asyncio
import hashlib
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic
from uuid import UUID

import openai

from deskstream_ai.adapters.openai.answers import A, AnswerForm
from deskstream_ai.adapters.openai.completion import Completion, answer_of, read_completion
from deskstream_ai.adapters.openai.errors import connection_error, status_error
from deskstream_ai.domain.model import ModelUnavailable
from deskstream_ai.settings import OpenAISettings
from deskstream_contracts.events.model_run import ModelRun

ANSWER_MAX_BYTES = 1_048_576
_VERSION_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class ModelReply(Generic[A]):
    """A valid answer and its run."""

    answer: A
    run: ModelRun


class ChatClient:
    """Asks with a strict JSON schema, which vLLM, Ollama and Azure support too.

    The library's own retries are off: they are up to the caller.
    """

    def __init__(self, settings: OpenAISettings) -> None:
        self._settings = settings
        self._client = openai.AsyncOpenAI(
            api_key=settings.api_key.get_secret_value(),
            base_url=str(settings.base_url),
            timeout=settings.timeout_s,
            max_retries=0,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def ask(
        self,
        rules: str,
        document: str,
        form: AnswerForm[A],
        *,
        prompt_version: str,
        customer_id: UUID | None,
    ) -> ModelReply[A]:
        """The model's answer to a document. Raises `ModelUnavailable` or `InvalidAnswer`.

        It takes at most `timeout_s`, however slowly the response arrives.
        """
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                completion = await self._complete(rules, document, form, customer_id)
        except (openai.APITimeoutError, TimeoutError):
            detail = f"no answer within {self._settings.timeout_s:g} s"
            raise ModelUnavailable("timeout", detail) from None
        except openai.APIStatusError as error:
            raise status_error(error) from None
        except openai.APIConnectionError as error:
            raise connection_error(error) from None
        answer = answer_of(completion, form.answer)
        return ModelReply(answer, self._run(completion, document, prompt_version, began))

    async def _complete(
        self, rules: str, document: str, form: AnswerForm[A], customer_id: UUID | None
    ) -> Completion:
        asking = self._client.chat.completions.with_streaming_response.create(
            model=self._settings.model,
            messages=[
                {"role": "system", "content": rules},
                {"role": "user", "content": document},
            ],
            response_format=form.response_format,
            max_completion_tokens=self._settings.answer_tokens_max,
            store=False,
            safety_identifier=_pseudonym(customer_id) if customer_id else openai.omit,
        )
        return read_completion(*await _received(asking))

    def _run(
        self, completion: Completion, document: str, prompt_version: str, began: float
    ) -> ModelRun:
        usage = completion.usage
        return ModelRun(
            provider="openai",
            name=self._settings.model,
            version=completion.model[:_VERSION_MAX_CHARS],
            prompt_version=prompt_version,
            parameters={"max_completion_tokens": str(self._settings.answer_tokens_max)},
            input_tokens=usage.prompt_tokens if usage else None,
            output_tokens=usage.completion_tokens if usage else None,
            latency_ms=round((time.perf_counter() - began) * 1000, 3),
            input_sha256=hashlib.sha256(document.encode()).hexdigest(),
        )


async def _received(
    asking: AbstractAsyncContextManager[openai.AsyncAPIResponse[Any]],
) -> tuple[bytes, str]:
    """The whole body and its content type.

    Raises `ModelUnavailable` if it is cut off or larger than any answer, and `openai.APIError`.
    """
    body = bytearray()
    try:
        async with asking as response:
            async for chunk in response.iter_bytes():
                body += chunk
                if len(body) > ANSWER_MAX_BYTES:
                    raise ModelUnavailable("too_large", f"more than {ANSWER_MAX_BYTES} bytes came")
            return bytes(body), response.headers.get("content-type", "")
    except (ModelUnavailable, openai.APIError):
        raise
    except Exception as error:
        # Reading a body raises errors of the HTTP library underneath, which may be replaced.
        raise ModelUnavailable("broken_off", type(error).__name__) from None


def _pseudonym(customer_id: UUID) -> str:
    """Lets the provider distinguish abusive customers without identifying them."""
    return hashlib.sha256(customer_id.bytes).hexdigest()

"""One question to a model behind the OpenAI API, and every way it can go wrong, named."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

import openai
from openai.types.chat import ParsedChatCompletion
from pydantic import BaseModel, ValidationError

from deskstream_ai.domain.model import InvalidAnswer, ModelUnavailable
from deskstream_ai.settings import OpenAISettings
from deskstream_contracts.events.model_run import ModelRun

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Reply(Generic[A]):
    """A valid answer and the run that gave it."""

    answer: A
    run: ModelRun


class ChatClient:
    """Asks by chat completions with a strict JSON schema, which vLLM, Ollama and Azure speak too.

    The library's own retries are off: who asks decides whether to ask again.
    """

    def __init__(self, settings: OpenAISettings) -> None:
        self._settings = settings
        self._client = openai.AsyncOpenAI(
            api_key=settings.api_key.get_secret_value(),
            base_url=str(settings.base_url),
            timeout=settings.timeout_s,
            max_retries=0,
        )

    async def ask(
        self,
        rules: str,
        document: str,
        answer: type[A],
        *,
        prompt_version: str,
        customer_id: UUID | None,
    ) -> Reply[A]:
        """The model's answer to a document. Raises `ModelUnavailable` or `InvalidAnswer`."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                completion = await self._complete(rules, document, answer, customer_id)
        except (openai.APITimeoutError, TimeoutError):
            detail = f"no answer within {self._settings.timeout_s} s"
            raise ModelUnavailable("timeout", detail) from None
        except openai.RateLimitError as error:
            quota = error.code == "insufficient_quota"
            reason = "insufficient_quota" if quota else "rate_limited"
            raise ModelUnavailable(reason, "the provider refuses more requests") from None
        except openai.APIStatusError as error:
            reason = "server_error" if error.status_code >= 500 else "refused_request"
            raise ModelUnavailable(reason, f"status {error.status_code}") from None
        except openai.APIConnectionError:
            raise ModelUnavailable("unreachable", "no connection to the provider") from None
        except openai.LengthFinishReasonError:
            raise InvalidAnswer("too_long", "the answer was cut off") from None
        except openai.ContentFilterFinishReasonError:
            raise InvalidAnswer("content_filter", "the provider withheld the answer") from None
        except (ValidationError, openai.APIResponseValidationError):
            raise InvalidAnswer("malformed", "the answer does not fit its schema") from None
        run = self._run(completion, document, prompt_version, began)
        return Reply(_parsed(completion), run)

    async def _complete(
        self, rules: str, document: str, answer: type[A], customer_id: UUID | None
    ) -> ParsedChatCompletion[A]:
        return await self._client.chat.completions.parse(
            model=self._settings.model,
            messages=[
                {"role": "system", "content": rules},
                {"role": "user", "content": document},
            ],
            response_format=answer,
            max_completion_tokens=self._settings.answer_tokens_max,
            store=False,
            safety_identifier=_pseudonym(customer_id) if customer_id else openai.omit,
        )

    def _run(
        self,
        completion: ParsedChatCompletion[A],
        document: str,
        prompt_version: str,
        began: float,
    ) -> ModelRun:
        usage = completion.usage
        return ModelRun(
            provider="openai",
            name=self._settings.model,
            # The snapshot that answered: names of models are aliases that move.
            version=completion.model[:200] or self._settings.model,
            prompt_version=prompt_version,
            parameters={"max_completion_tokens": str(self._settings.answer_tokens_max)},
            input_tokens=usage.prompt_tokens if usage else None,
            output_tokens=usage.completion_tokens if usage else None,
            latency_ms=round((time.perf_counter() - began) * 1000, 3),
            input_sha256=hashlib.sha256(document.encode()).hexdigest(),
        )


def _parsed(completion: ParsedChatCompletion[A]) -> A:
    if not completion.choices:
        raise InvalidAnswer("empty", "the provider sent no choice")
    message = completion.choices[0].message
    if message.refusal:
        raise InvalidAnswer("refusal", "the model refused to answer")
    if message.parsed is None:
        raise InvalidAnswer("empty", "the answer has no content")
    return message.parsed


def _pseudonym(customer_id: UUID) -> str:
    """Lets the provider tell abusive customers apart without knowing who they are."""
    return hashlib.sha256(customer_id.bytes).hexdigest()

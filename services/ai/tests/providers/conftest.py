"""A provider and a model behind it."""

from collections.abc import AsyncIterator

import pytest
from ai_fake_openai import MODEL, FakeOpenAI, fake_openai
from ai_provider import settings

from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.adapters.openai.client import ChatClient
from deskstream_ai.adapters.openai.model import OpenAIModel
from deskstream_ai.adapters.openai.prompts import load_prompts


@pytest.fixture
async def provider() -> AsyncIterator[FakeOpenAI]:
    async with fake_openai() as fake:
        yield fake


@pytest.fixture
async def model(provider: FakeOpenAI, local_model: LocalModel) -> AsyncIterator[OpenAIModel]:
    client = ChatClient(settings(provider))
    yield OpenAIModel(client, load_prompts(), MODEL, local_model.queues)
    await client.close()

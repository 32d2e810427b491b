"""The count of tokens holds against a real vocabulary. Needs a model: `attune models get smollm2-135m`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from agent.briefing import MAX_TOKENS
from agent.chat_models import EmbeddedModel
from agent.tokens import at_most
from evals.pages.briefings import CASES
from perception import ModelMissing
from perception.models import ModelStore

pytestmark = pytest.mark.model


@pytest.fixture
async def model() -> AsyncIterator[EmbeddedModel]:
    try:
        path = ModelStore().path("smollm2-135m")
    except ModelMissing as missing:
        pytest.skip(str(missing))
    pytest.importorskip("xllamacpp", reason="needs the extra `local`")
    model = EmbeddedModel(path, name="smollm2-135m")
    yield model
    await model.aclose()


async def test_no_briefing_is_longer_in_a_real_vocabulary_than_it_was_counted(model: EmbeddedModel) -> None:
    """In English, which is what this model speaks; its vocabulary has no Chinese characters but their bytes."""
    endpoint = (await model._ready()).endpoint
    address, headers = endpoint._base_url.removesuffix("/v1"), {"Authorization": f"Bearer {endpoint._api_key}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers, timeout=30) as client:
        for case in CASES:
            told = case.told("en")
            answer = await client.post(f"{address}/tokenize", json={"content": told})
            tokens = len(answer.raise_for_status().json()["tokens"])
            assert tokens <= at_most(told) <= MAX_TOKENS, told

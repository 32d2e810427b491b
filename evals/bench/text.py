"""What the text sense costs: short and long utterances in both languages, and rows a minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from evals.bench.case import Bench, Case, ColdCase, Unit
from evals.bench.sensing import all_observed, observed
from evals.bench.threads import on_cores

if TYPE_CHECKING:
    from perception import Observation, Perceiver
    from perception.text import EmbeddedText

ENGLISH: Final = (
    "I can't believe that you did this to me after everything we had.",
    "We got the keys this morning, and I have been smiling ever since then.",
    "My old dog died last night, and the house is so quiet without him.",
    "Could you tell me which platform the train to the airport leaves from today?",
    "They read my messages without asking, and now they say I lied.",
    "I keep looking at the door because I am afraid he could come back.",
    "Nobody told me about the party, so when the lights went on, I screamed.",
    "There was a hair in the soup, and the smell still makes me sick.",
)
"""Utterances of 16 word pieces on average, the two marks around them aside."""

CHINESE: Final = (
    "我真的不敢相信，我们经历了这么多，你还会这样对我。",
    "今天早上终于拿到新家的钥匙，我高兴得一路都在笑。",
    "昨天晚上我的狗走了，家里安静得让我不想回去。",
    "请问早上六点以前，去机场的火车是从几号站台开？",
    "他们没问过我就看我的聊天记录，现在反倒说是我不对。",
    "我一直盯着那扇门，心里很害怕，总觉得他会回来。",
    "谁也没跟我提过这个聚会，灯一亮的时候我尖叫起来。",
    "汤里有一根头发，那个厨房的味道我现在想起来还恶心。",
)
"""The same in Chinese."""

LONG: Final = 4000
"""Characters of the long texts: as many as the sense reads."""

ROWS: Final = 200
"""Rows that are perceived in one call, English and Chinese in turns."""

BATCH: Final = 512
"""Rows that are felt as one batch."""

CORES: Final = 2
"""Cores they may use."""

AT_ONCE: Final = 4
"""Rows under way together, as in `attune perceive --batch`."""


def text_bench() -> Bench:
    """The shipped text perceiver.

    Raises:
        ModelError: its weights cannot be loaded.
    """
    from perception.text import EmbeddedText

    sense = EmbeddedText()
    sense.warm_up()
    return Bench(
        name="text",
        cases=(
            _utterances("en", sense, ENGLISH),
            _utterances("zh", sense, CHINESE),
            _long("en_long", sense, ENGLISH),
            _long("zh_long", sense, CHINESE),
            _rows(sense),
            _batch(sense),
        ),
        pairs=(("zh", "en"), ("zh_long", "en_long")),
        cold=(
            ColdCase(name="en", stages="evals.bench.text:cold_text", arguments={"text": ENGLISH[0]}),
            ColdCase(name="zh", stages="evals.bench.text:cold_text", arguments={"text": CHINESE[0]}),
        ),
    )


def cold_text(text: str) -> Iterator[str]:
    """Import, both languages loaded, the first utterance."""
    from perception import Utterance
    from perception.text import EmbeddedText

    yield "import"
    sense = EmbeddedText()
    sense.warm_up()
    yield "load"
    sense.perceive(Utterance(text=text))
    yield "first_call"


def _utterances(name: str, sense: Perceiver[Any], texts: Sequence[str]) -> Case:
    from perception import Utterance

    utterances = [Utterance(text=text) for text in texts]
    return Case(
        name=name,
        call=lambda: [sense.perceive(utterance) for utterance in utterances],
        amount=len(utterances),
        outcome=all_observed,
        note="an utterance of 16 word pieces, one thread",
    )


def _long(name: str, sense: Perceiver[Any], texts: Sequence[str]) -> Case:
    from perception import Utterance

    once = " ".join(texts)
    utterance = Utterance(text=(once * (LONG // len(once) + 1))[:LONG])
    return Case(
        name=name,
        call=lambda: sense.perceive(utterance),
        outcome=observed,
        note=f"a text of {LONG} characters, one thread",
    )


def _rows(sense: Perceiver[Any]) -> Case:
    import asyncio

    rows = _in_turns(ROWS)

    def call() -> list[Observation]:
        with on_cores(CORES):
            return asyncio.run(_perceive_rows(sense, rows))

    return Case(
        name="rows",
        call=call,
        unit=Unit.ROWS,
        amount=ROWS,
        outcome=all_observed,
        note=f"agent.perceiving.perceive, {AT_ONCE} rows at once, at most {CORES} cores",
    )


def _batch(sense: EmbeddedText) -> Case:
    from perception import Utterance

    rows = [Utterance(text=text) for text in _in_turns(BATCH)]

    def call() -> list[Observation]:
        with on_cores(CORES):
            return sense.perceive_batch(rows)

    return Case(
        name="batch",
        call=call,
        unit=Unit.ROWS,
        amount=BATCH,
        outcome=all_observed,
        note=f"perceive_batch of {BATCH} rows, as in attune analyze, at most {CORES} cores",
    )


def _in_turns(count: int) -> list[str]:
    """So many texts, English and Chinese in turns."""
    texts = [text for pair in zip(ENGLISH, CHINESE, strict=True) for text in pair]
    return [texts[row % len(texts)] for row in range(count)]


async def _perceive_rows(sense: Perceiver[Any], rows: Sequence[str]) -> list[Observation]:
    import asyncio

    from agent.perceiving import perceive
    from agent.senses import Senses

    senses, left = Senses(text=sense), iter(rows)
    seen: list[Observation] = []

    async def work() -> None:
        for row in left:
            seen.extend((await perceive(senses, text=row)).observations)

    try:
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    finally:
        senses.close()
    return seen

"""What the text sense costs: short and long utterances in both languages, and rows a minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from evals.bench.case import Bench, Case, ColdCase, Unit
from evals.bench.sensing import all_observed, observed
from evals.bench.threads import on_cores

if TYPE_CHECKING:
    from perception import Observation, Perceiver

ENGLISH: Final = (
    "I really can't believe that you did this to me after everything we went through together.",
    "We got the keys this morning, and I have been smiling at everybody ever since then.",
    "My old dog died last night, and the house is so quiet that I cannot sleep.",
    "Could you tell me at which platform the train to the airport leaves before six o'clock?",
    "They read my messages without asking, and now they all say that I am to blame.",
    "I keep looking at the door because I am afraid that he could come back again.",
    "Nobody told me a word about the party, so when the lights went on, I screamed.",
    "There was a hair in the soup, and the smell of it still makes me sick.",
)
"""Utterances of 16 words."""

CHINESE: Final = (
    "我真的不敢相信，我们一起经历了这么多，你居然还会这样对我。",
    "今天早上终于拿到新家的钥匙，我高兴得一路上对谁都在笑。",
    "昨天晚上我的狗走了，家里安静得让我下了班都不想回去。",
    "请问工作日早上六点以前，去机场的火车是从几号站台发车的？",
    "他们没问过我就翻看我的聊天记录，现在反倒说是我的不对。",
    "我一直盯着那扇门，心里很害怕，总觉得他随时都会再回来。",
    "谁也没跟我提过这个聚会，灯一下子全亮的时候我尖叫了起来。",
    "汤里居然有一根头发，那个厨房的味道我现在想起来还觉得恶心。",
)
"""Utterances of about 16 words, most of one or two characters."""

LONG: Final = 4000
"""Characters of the long texts: as many as the sense reads."""

ROWS: Final = 200
"""Rows that are perceived in one call, English and Chinese in turns."""

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
        note="an utterance of about 16 words, one thread",
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
    texts = [text for pair in zip(ENGLISH, CHINESE, strict=True) for text in pair]
    rows = [texts[row % len(texts)] for row in range(ROWS)]

    import asyncio

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

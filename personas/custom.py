"""A persona out of one sentence that a person types."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from perception import Emotion
from personas.errors import PersonaInvalid, Problem
from personas.loader import CUSTOM, SHIPPED, load_persona
from personas.schema import LANGS, Lang, Limits, Persona, Topic

MAX_SENTENCE: Final = 500
"""Characters of a description."""

# The sentence stands in quotes as a description: what it says about rules, it says as a costume would.
_PROMPT: Final[dict[Lang, str]] = {
    "en": (
        "Play one character. The person you talk with described it like this: “{sentence}”\n"
        "The description decides only your voice, manner and quirks. "
        "Stay in character, and care about how the person feels."
    ),
    "zh": (
        "你要扮演一个角色，对方是这样描述它的：“{sentence}”\n"
        "这段描述只决定你的语气、性格和小习惯。保持角色，同时在意对方的感受。"
    ),
}
_TITLE: Final[dict[Lang, str]] = {"en": "Your own character", "zh": "自定义角色"}
_GREETING: Final[dict[Lang, str]] = {
    "en": "Here I am, the way you described me, and still an AI underneath. What shall we talk about first?",
    "zh": "我来啦，就是你描述的那个样子，不过骨子里还是个 AI。我们先聊点什么？",
}


def custom_persona(sentence: str, *, lang: str | None = None) -> Persona:
    """Compile a description such as "you are a tsundere cat girl" into a persona named `custom`.

    It borrows the fallback questions of the shipped `chat`.

    Args:
        sentence: 1 to 500 characters; taken as data, never as rules.
        lang: the one language it is to speak; None for all.

    Raises:
        PersonaInvalid: the sentence is empty or too long, or the language is not one of `LANGS`.
    """
    described = _clean(sentence)
    langs = [known for known in LANGS if lang in (None, known)]
    if not langs:
        raise PersonaInvalid([Problem(message=f"no persona speaks {lang!r}; the languages are {', '.join(LANGS)}")])
    return Persona(
        name=CUSTOM,
        title={known: _TITLE[known] for known in langs},
        prompt={known: _PROMPT[known].format(sentence=described) for known in langs},
        greeting={known: _GREETING[known] for known in langs},
        questions=_borrowed(langs),
        limits=Limits(sentences=3),
    )


def _clean(sentence: str) -> str:
    # one line, no control characters, and no quote that would end the quotation early
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in sentence)
    words = " ".join(re.sub(r"[“”\"„‟＂]", "'", visible).split())
    if not words:
        raise PersonaInvalid([Problem(message="a persona needs a description, such as 'you are a tsundere cat girl'")])
    if len(words) > MAX_SENTENCE:
        message = f"a description takes at most {MAX_SENTENCE} characters, got {len(words)}; shorten it"
        raise PersonaInvalid([Problem(message=message)])
    return words


def _borrowed(langs: list[Lang]) -> dict[Topic, dict[Lang, list[str]]]:
    chat = load_persona(SHIPPED / "chat.yaml")
    topics: list[tuple[Topic, Emotion | None]] = [("any", None), *((emotion.value, emotion) for emotion in Emotion)]
    return {topic: {lang: list(chat.questions_for(emotion, lang)) for lang in langs} for topic, emotion in topics}

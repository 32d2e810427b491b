"""What a persona is: the schema of its YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar, cast

from pydantic import Field, StringConstraints

from perception import Emotion, Modality
from personas.handoff import Handoff, Routing
from personas.part import Part
from personas.policy import Policy

Lang = Literal["en", "zh"]
LANGS: Final[tuple[Lang, ...]] = ("en", "zh")
"""The languages Attune speaks, the default first."""

Topic = Literal["happy", "sad", "angry", "fear", "surprise", "disgust", "neutral", "any"]
"""An emotion, or `any`: what a question fits."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Texts = Annotated[dict[Lang, Text], Field(min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]

T = TypeVar("T")

_GREETINGS: Final[dict[Lang, str]] = {
    "en": "Hello, I'm an AI, here as {title}. What would you like to talk about?",
    "zh": "你好，我是一个 AI，现在的身份是“{title}”。你想聊点什么？",
}


def in_language(texts: Mapping[Lang, T], lang: str) -> T:
    """The text in `lang`, else in the first language there is."""
    return texts.get(cast("Lang", lang)) or next(texts[known] for known in LANGS if known in texts)


class Example(Part):
    """One exchange that shows how the persona answers."""

    user: Text
    """What a person says."""
    assistant: Text
    """What the persona answers."""
    notice: Text | None = None
    """What the senses noticed, in the words of a briefing, without its frame; None: nothing."""


class Limits(Part):
    """How long a reply may be."""

    max_tokens: int = Field(default=160, ge=16, le=4096)
    """Of one reply."""
    sentences: int = Field(default=3, ge=1, le=12)
    """Asked of the model, the closing question included."""


class Persona(Part):
    """Who answers: words, limits, and which sense to trust."""

    name: Name
    """Lower case; the name of its node and on the command line."""
    title: Texts
    """What people read in a list."""
    prompt: Texts
    """Who it is and how it behaves; the global rules are added, and stand above it."""
    style: dict[Lang, Text] = Field(default_factory=dict)
    """How it sounds, in a line."""
    examples: dict[Lang, list[Example]] = Field(default_factory=dict)
    """One or two exchanges: they guide a small model better than a long prompt."""
    greeting: dict[Lang, Text] = Field(default_factory=dict)
    """What it says when chosen, ending in an open question; a plain greeting where there is none."""
    questions: dict[Topic, Annotated[dict[Lang, list[Text]], Field(min_length=1)]] = Field(default_factory=dict)
    """Open questions for a reply that has none, by emotion."""
    perception: Policy = Policy()
    """Which sense to trust, and when."""
    routing: Routing = "suggest"
    """What becomes of its handoff rules: nothing, a question to the person, or a change of persona."""
    handoff: Annotated[tuple[Handoff, ...], Field(max_length=20)] = ()
    """When another persona would answer better; the first rule that holds."""
    limits: Limits = Limits()
    """How long a reply may be."""
    tests: list[dict[str, Any]] = Field(default_factory=list)
    """Cases for dialogue suites; read by them alone."""

    @property
    def languages(self) -> tuple[Lang, ...]:
        """The languages its prompt is written in."""
        return tuple(lang for lang in LANGS if lang in self.prompt)

    @property
    def trust(self) -> Mapping[Modality, float]:
        """The weight of each sense, in [0, 1], before quality and confidence."""
        return self.perception.weights

    def greeting_in(self, lang: str) -> str:
        """What it says when chosen, in `lang` where it can."""
        greeting = self.greeting or {spoken: _GREETINGS[spoken] for spoken in self.languages}
        return in_language(greeting, lang).replace("{title}", in_language(self.title, lang))

    def questions_for(self, emotion: Emotion | None, lang: str) -> tuple[str, ...]:
        """Its open questions that fit an emotion, or any moment when that is None; never in another language."""
        topic: Topic = emotion.value if emotion else "any"
        return tuple(self.questions.get(topic, {}).get(cast("Lang", lang), ()))

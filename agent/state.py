"""What a turn carries from node to node, and what every node is handed."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final, Literal

import numpy as np
from langchain_core.messages import AnyMessage
from numpy.typing import NDArray
from typing_extensions import TypedDict

from agent.chat_models import ChatModel
from agent.phrases import cut_note
from agent.prompts import BLOCK
from agent.safety import CrisisSignal, allowed_modalities
from agent.senses import Senses
from agent.watching import UNWATCHED, TurnWatch
from memory import AffectMemory, Past, SessionRecord, TurnRecord
from perception import Affect, AudioClip, Fluency, Frame, Modality, Mood, Observation, Transcript
from personas import PersonaBook

Trace = Mapping[str, float | str]

ToolMode = Literal["planned", "model"]
"""Who calls the tools: the machine alone, or after it the chat model too."""

REMEMBERED: Final = 20
"""Earlier turns that the mood rests on; a fixed number, so that turn 1,000 costs what turn 10 does."""


def merge_observations(
    old: Mapping[Modality, Observation], new: Mapping[Modality, Observation]
) -> dict[Modality, Observation]:
    """The later observation of a modality replaces the earlier."""
    return {**old, **new}


def merge_traces(old: Trace, new: Trace) -> Trace:
    """Facts of later nodes join those of earlier ones."""
    return {**old, **new}


class TurnState(TypedDict, total=False):
    """One turn and nothing older than it needs: the conversation itself lives in memory.

    It may be written to a checkpoint, so it holds neither media nor feature vectors.
    """

    turn_id: str
    started_at: datetime
    text: str  # typed
    wanted_lang: str | None  # asked for by the person or the client
    lang: str  # of the reply
    frame_ref: str | None
    clip_ref: str | None
    messages: Annotated[list[AnyMessage], operator.add]  # this turn's tool calls and their results
    observations: Annotated[dict[Modality, Observation], merge_observations]
    transcript: Transcript | None
    fluency: Fluency | None
    affect: Affect | None
    mood: Mood | None
    crisis: CrisisSignal | None
    persona: str
    route_reason: str
    reply: str
    interrupted: bool
    trace: Annotated[Trace, merge_traces]


@dataclass(kw_only=True, slots=True, weakref_slot=True)
class Consent:
    """What a person allows, shared between a running turn and whoever takes a change of mind."""

    allowed: Mapping[Modality, bool]
    """By modality; one that is left out is not allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnMedia:
    """What must never be serialised: media by reference, and feature vectors."""

    frames: dict[str, Frame] = field(default_factory=dict)
    """Pictures of this turn, by reference."""
    clips: dict[str, AudioClip] = field(default_factory=dict)
    """Recordings of this turn, by reference."""
    features: dict[Modality, NDArray[np.float32]] = field(default_factory=dict)
    """Vectors for fusion networks, by modality."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnContext:
    """What a node may use: handed in, never looked up."""

    past: Past
    """The session and its last turns."""
    consent: Consent
    """What may be perceived, as of now: it may be withdrawn while the turn runs."""
    modalities: frozenset[Modality]
    """The senses this agent was built with."""
    senses: Senses
    """The perceivers."""
    chat: ChatModel
    """The language model."""
    memory: AffectMemory
    """The conversation and its affect."""
    book: PersonaBook
    """The personas by name."""
    media: TurnMedia
    """This turn's."""
    locale: str | None = None
    """BCP 47 tag for crisis resources, such as `en-US`."""
    tool_mode: ToolMode = "planned"
    """Whether the chat model may call tools too."""
    watch: TurnWatch = UNWATCHED
    """Is told of each step."""

    def silenced(self, modality: Modality) -> str | None:
        """Why a sense may not be asked (`deployment`, `consent`), or None where it may."""
        if modality not in self.modalities or modality not in allowed_modalities(self.session.deployment_context):
            return "deployment"
        return None if self.consent.allowed.get(modality, False) else "consent"

    @property
    def session(self) -> SessionRecord:
        """Whose turn it is."""
        return self.past.session

    @property
    def exchanges(self) -> tuple[tuple[str, str], ...]:
        """The last exchanges, oldest first: what the person said, and the reply.

        They begin with the first turn of a block, since the prompt drops whole blocks of what it is given.
        """
        turns = self._block
        return tuple((turn.user_text or turn.transcript, turn.reply) for turn in turns)

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """The same, as the model is told: where a reply was cut, what follows it says so."""
        turns = self._block
        before = (None, *turns)
        return tuple(
            (after_cut(turn.user_text or turn.transcript, earlier), turn.reply)
            for turn, earlier in zip(turns, before, strict=False)
        )

    @property
    def _block(self) -> tuple[TurnRecord, ...]:
        turns = self.past.turns
        begins = next((place for place, turn in enumerate(turns) if turn.number % BLOCK == 1), 0)
        return turns[begins:]


def after_cut(words: str, earlier: TurnRecord | None) -> str:
    """The words of a person, told to the model: after a reply that was cut they begin with a note of that.

    The note stands with the person: a model that finds it in its own words goes on to write it.
    """
    return f"{cut_note(earlier.lang)}\n{words}" if earlier is not None and earlier.interrupted else words

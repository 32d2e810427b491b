"""What the chat model is told of how a person seems: a short phrase with their last message.

It stands there and not in the system prompt, so that the beginning of a prompt stays the same from turn to turn and the
model's server need not read it again.

Nothing is asserted: a person looks, sounds or reads angry, and never is. There are no numbers, since small models
repeat them. What people say of their own feeling comes first, and nothing that follows contradicts it. Where there is
nothing to say, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from agent.phrases import name_emotion, note, render_conflict, render_cue, say
from agent.tokens import at_most
from perception import Affect, Conflict, Cue, Emotion, Fluency, Modality, Mood, Observation, Status
from perception.fusion.conflicts import NEGATIVE

MAX_TOKENS: Final = 60
"""Of a briefing, as `agent.tokens.at_most` counts: what a small model still reads as an aside."""
MAX_CUES: Final = 4
"""More than that would leave no room for what they add up to."""

STATES: Final = "states_emotion"
DENIES: Final = "denies_emotion"
CORRECTIONS: Final = frozenset({"corrected", "corrected_to", "corrected_not"})
"""Notes of what the person set right about how they were read."""
OWN: Final = CORRECTIONS | {STATES, DENIES}

SURE: Final = 0.6
"""Least confidence, and reliability, for saying how a person seems without a perhaps."""
PERHAPS: Final = 0.35
"""Below it, nothing is said."""
SETTLED: Final = 3
"""Turns of a sitting before its mood is worth a word."""
LASTING: Final = 4
"""Turns of one feeling after which it is worth a word in a turn that does not show it."""
VOLATILE: Final = 0.6
"""Volatility from which feelings are said to swing, where they lead nowhere: from a calm smile to plain sadness, and
back."""


def briefing(
    affect: Affect | None,
    mood: Mood | None,
    lang: str,
    *,
    fluency: Fluency | None = None,
) -> str:
    """What is told with the last user message; empty when there is nothing to say.

    The person's own word comes before conflicts, those before cues, cues before labels, labels before the mood. What no
    longer fits into `MAX_TOKENS` is left off from the end.

    Args:
        affect: Of this turn.
        mood: With this turn.
        lang: Of the reply: `en` or `zh`.
        fluency: How the words came, where they were said.
    """
    told = dict.fromkeys(_parts(affect, mood, fluency, lang))
    # what a persona's rule or a perceiver of another make calls a cue may hold a number
    parts = [part for part in told if not any(character.isdigit() for character in part)]
    join = say("joins", "part", lang)
    while parts and at_most(note(join.join(parts), lang)) > MAX_TOKENS:
        parts.pop()
    return note(join.join(parts), lang) if parts else ""


def _parts(affect: Affect | None, mood: Mood | None, fluency: Fluency | None, lang: str) -> Iterator[str]:
    own = _Own(affect)
    yield from own.told(lang)
    conflict = _conflict(affect, own, lang) if affect else ""
    if conflict:
        yield conflict
    yield from _cues(affect, fluency, lang)
    label = "" if affect is None or conflict else _label(affect, own, lang)
    if label:
        yield label
    if affect:
        yield from _unclear(affect, lang)
    if not own.spoke:
        yield from _mood(mood, lang, labelled=bool(label or conflict))


class _Own:
    """What the person says of their own feeling: in this turn, or when they set right how they were read."""

    def __init__(self, affect: Affect | None) -> None:
        words = affect.observation(Modality.TEXT) if affect else None
        now = [cue for cue in words.cues if cue.code in (STATES, DENIES)] if words else []
        before = [cue for cue in affect.notes if cue.code in CORRECTIONS] if affect else []
        if any(cue.code == STATES for cue in now):
            before = []  # what is said now takes back what was set right before
        self.cues = [*now, *before]
        self.stated = _emotions(now, "emotion", STATES) or _emotions(before, "emotion")
        self.denied = (_emotions(now, "emotion", DENIES) | _emotions(before, "read")) - self.stated

    @property
    def spoke(self) -> bool:
        return bool(self.stated or self.denied)

    def told(self, lang: str) -> Iterator[str]:
        yield from (text for cue in self.cues if (text := render_cue(cue, lang, brief=True)))

    def allows(self, emotion: Emotion) -> bool:
        """Whether a sense's reading may be named beside it."""
        return not self.stated and emotion not in self.denied


def _emotions(cues: Sequence[Cue], param: str, code: str | None = None) -> frozenset[Emotion]:
    named = {str(cue.params.get(param)) for cue in cues if code in (None, cue.code)}
    return frozenset(emotion for emotion in Emotion if emotion in named)


def _conflict(affect: Affect, own: _Own, lang: str) -> str:
    """The first one: three senses make up to three pairs, which say the same thing over again."""
    for conflict in affect.conflicts:
        shown = {
            sense: Emotion(str(told)) for sense in Modality if (told := conflict.params.get(sense)) in set(Emotion)
        }
        beside = {emotion for sense, emotion in shown.items() if sense is not Modality.TEXT}
        if own.stated and beside <= own.stated:
            continue  # the senses are at one with the person, and the words were read wrong
        named = {*shown.values(), *([conflict.params["denied"]] if "denied" in conflict.params else [])}
        if all(own.allows(Emotion(str(emotion))) for emotion in named):
            return render_conflict(conflict, lang)
        return _differ(conflict, lang)
    return ""


def _differ(conflict: Conflict, lang: str) -> str:
    """That senses disagree, without what they show, which the person has denied."""
    # of a denial the words are one side, also where their scores are no part of the conflict
    sides = {*conflict.params, *([Modality.TEXT] if "denied" in conflict.params else [])}
    senses = [say("differing", sense, lang) for sense in Modality if sense in sides]
    return say("joins", "differ", lang, senses=say("joins", "with", lang).join(senses))


def _cues(affect: Affect | None, fluency: Fluency | None, lang: str) -> list[str]:
    observations, notes, conflicts = (affect.observations, affect.notes, affect.conflicts) if affect else ((), (), ())
    smiling = any(conflict.params.get(Modality.VISION) == Emotion.HAPPY for conflict in conflicts)
    groups = [notes, *(observation.cues for observation in observations), fluency.cues if fluency else ()]
    # in turns: one sense that notices much must not take the place of another that notices little
    noticed = [cue for row in zip_longest(*groups) for cue in row if cue and cue.code not in OWN]
    told = [render_cue(cue, lang, brief=True) for cue in noticed if not (smiling and cue.code == "smile_corners")]
    return list(dict.fromkeys(text for text in told if text))[:MAX_CUES]


def _label(affect: Affect, own: _Own, lang: str) -> str:
    if affect.scores is None or affect.scores.top is Emotion.NEUTRAL or not own.allows(affect.scores.top):
        return ""
    certainty = min(affect.scores.confidence, affect.reliability)
    if certainty < PERHAPS:
        return ""
    top = affect.scores.top
    agree = [o.modality for o in affect.observations if o.status is Status.OK and o.scores and o.scores.top is top]
    verbs = say("joins", "and", lang).join(say("verbs", modality, lang) for modality in agree or ("none",))
    said = verbs + say("joins", "reads" if Modality.TEXT in agree else "seems", lang) + name_emotion(top, lang)
    return said if certainty >= SURE else say("joins", "perhaps", lang, said=said)


def _unclear(affect: Affect, lang: str) -> Iterator[str]:
    words = affect.observation(Modality.TEXT)
    for observation in affect.observations:
        if observation.status is Status.TIMEOUT:
            yield say("late", observation.modality, lang)
        elif observation.modality is not Modality.TEXT:
            yield from _unclear_sense(observation, lang, alone=words is None)


def _unclear_sense(observation: Observation, lang: str, *, alone: bool) -> Iterator[str]:
    if observation.status in {Status.UNCERTAIN, Status.LOW_QUALITY}:
        yield say("unclear", observation.modality, lang)
    elif alone and observation.status in {Status.NO_FACE, Status.NO_SPEECH}:
        # with nothing else to go by, a model would talk of what it cannot have seen
        yield say("absent", observation.status, lang)


def _mood(mood: Mood | None, lang: str, *, labelled: bool) -> Iterator[str]:
    """The mood, only where it adds to what this turn shows."""
    if mood is None or mood.sitting < SETTLED:
        return
    if mood.volatility >= VOLATILE and mood.trend == "steady":
        yield say("mood", "volatile", lang)
    elif mood.turns_in_state == 1 and mood.last_shift not in (None, Emotion.NEUTRAL):
        assert mood.last_shift is not None
        yield say("mood", "shifted", lang, emotion=name_emotion(mood.last_shift, lang))
    elif mood.trend != "steady":
        yield say("mood", mood.trend, lang)
    elif not labelled and mood.state in NEGATIVE and mood.turns_in_state >= LASTING:
        assert mood.state is not None
        yield say("mood", "lasting", lang, emotion=name_emotion(mood.state, lang))

"""Where the senses disagree: four kinds, each with a condition of its own.

Only senses with status `ok` take part; one is sure when its confidence is at least `SURE`. Two senses make at most one
conflict, the first that holds of:

`leakage`: the face or the voice shows a negative feeling that the words do not own up to. Either the words deny it
    (cue `denies_emotion`) and the sense is sure of it; or the words are surely neutral and the sense is sure; or the
    words are surely neutral, the sense leans that way (at least `LEANS`), and the speech is strained. People govern
    their words best, then their face, then their voice (Ekman & Friesen 1969, Psychiatry 32(1), 88-106).
`sarcasm`: the words are surely happy and the voice is not. Either the voice is surely angry or disgusted; or it has
    two of the marks of sarcasm, lower, slower, louder and flatter than usual (Rockwell 2000, J. Psycholinguistic
    Research 29(5); Cheang & Pell 2008, Speech Communication 50(5)), and neither voice nor face is happy.
`masking`: one sense is surely happy while another is surely sad, angry, afraid or disgusted.
`mixed`: two senses are sure of two other feelings, neither of them neutral.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

from perception.cues import Conflict
from perception.emotions import Emotion, EmotionScores
from perception.observation import Modality, Observation, Status
from perception.speech.fluency.values import Fluency

SURE: Final = 0.6
"""Least confidence of a sense whose disagreement counts. Measured (docs/fusion.md): of pairs that agree, a fifth has a
conflict between face and words at 0.6, of those that do not three fifths."""
LEANS: Final = 0.35
"""Least confidence of a sense that counts together with strained speech."""

NEGATIVE: Final = frozenset({Emotion.SAD, Emotion.ANGRY, Emotion.FEAR, Emotion.DISGUST})
SCORNFUL: Final = frozenset({Emotion.ANGRY, Emotion.DISGUST})

STRAINED: Final = frozenset({"hesitant", "long_pauses", "many_fillers", "many_repairs"})
"""Cues of speech that comes hard; `hesitant` alone is enough, of the others it takes two."""

SARCASTIC: Final = (
    frozenset({"pitch_below_usual"}),
    frozenset({"speaks_slowly", "slower_than_before"}),
    frozenset({"loud", "louder_than_before"}),
    frozenset({"speaks_with_little_variation"}),
)
"""Marks of sarcasm in a voice, each with the cues that tell it."""

ORDER: Final = ("sarcasm", "leakage", "masking", "mixed")
"""In which conflicts are told: the most particular first."""


def find_conflicts(observations: Sequence[Observation], *, fluency: Fluency | None = None) -> tuple[Conflict, ...]:
    """Every pair of senses that disagrees, the most particular kind first, then in the order of the senses.

    Args:
        observations: At most one a modality, in any order.
        fluency: How fluently the words were said, where that was measured.
    """
    heard = {
        o.modality: (o, o.scores)
        for sense in Modality
        for o in observations
        if o.modality is sense and o.status is Status.OK and o.scores is not None
    }
    manner = frozenset(cue.code for cue in fluency.cues) if fluency else frozenset()
    pairs = (_between(one, other, heard, manner) for one, other in combinations(heard, 2))
    found = [conflict for conflict in pairs if conflict is not None]
    return tuple(sorted(found, key=lambda conflict: ORDER.index(conflict.code)))


def joined(added: Sequence[Conflict], found: Sequence[Conflict]) -> tuple[Conflict, ...]:
    """Conflicts that were declared, and of those found the ones between other senses."""
    told = tuple(conflict for place, conflict in enumerate(added) if conflict not in added[:place])
    settled = [_senses(conflict) for conflict in told]
    return (*told, *(conflict for conflict in found if _senses(conflict) not in settled))


def _senses(conflict: Conflict) -> frozenset[str]:
    return frozenset(conflict.params) & frozenset(Modality)


_Heard = Mapping[Modality, tuple[Observation, EmotionScores]]


def _between(one: Modality, other: Modality, heard: _Heard, manner: frozenset[str]) -> Conflict | None:
    if other is Modality.TEXT:
        return _leakage(one, heard, manner) or _sarcasm(one, heard, manner) or _plain(one, other, heard)
    return _plain(one, other, heard)


def _leakage(sense: Modality, heard: _Heard, manner: frozenset[str]) -> Conflict | None:
    (_, shown), (words, said) = heard[sense], heard[Modality.TEXT]
    if shown.top not in NEGATIVE:
        return None
    if _sure(shown) and shown.top in _denied(words):
        # a model may read "I am not sad" as sad, which would be no disagreement to tell of
        own = {} if said.top is shown.top else {Modality.TEXT.value: said.top.value}
        return Conflict(code="leakage", params={sense.value: shown.top.value, **own, "denied": shown.top.value})
    strained = "hesitant" in manner or len(STRAINED & manner) >= 2
    enough = shown.confidence >= (LEANS if strained else SURE)
    if not (enough and _sure(said) and said.top is Emotion.NEUTRAL):
        return None
    return Conflict(code="leakage", params={sense.value: shown.top.value, Modality.TEXT.value: said.top.value})


def _sarcasm(sense: Modality, heard: _Heard, manner: frozenset[str]) -> Conflict | None:
    said = heard[Modality.TEXT][1]
    if sense is not Modality.AUDIO or said.top is not Emotion.HAPPY or not _sure(said):
        return None
    voice, told = heard[sense]
    scornful = told.top in SCORNFUL and _sure(told)
    cues = manner | {cue.code for cue in voice.cues}
    happy = any(m is not Modality.TEXT and scores.top is Emotion.HAPPY for m, (_, scores) in heard.items())
    marked = sum(bool(mark & cues) for mark in SARCASTIC) >= 2 and not happy
    if not (scornful or marked):
        return None
    return Conflict(code="sarcasm", params={sense.value: told.top.value, Modality.TEXT.value: said.top.value})


def _plain(one: Modality, other: Modality, heard: _Heard) -> Conflict | None:
    pair = {sense: heard[sense][1] for sense in (one, other)}
    tops = {scores.top for scores in pair.values()}
    if len(tops) == 1 or Emotion.NEUTRAL in tops or not all(map(_sure, pair.values())):
        return None
    masked = Emotion.HAPPY in tops and bool(NEGATIVE & tops)
    return Conflict(
        code="masking" if masked else "mixed", params={sense.value: scores.top.value for sense, scores in pair.items()}
    )


def _sure(scores: EmotionScores) -> bool:
    return scores.confidence >= SURE


def _denied(observation: Observation) -> frozenset[str]:
    return frozenset(str(cue.params.get("emotion")) for cue in observation.cues if cue.code == "denies_emotion")

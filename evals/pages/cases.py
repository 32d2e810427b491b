"""Made-up turns, from what the senses say to what the chat model is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from agent.briefing import briefing
from agent.mood import Felt, mood_of
from perception import Cue, Emotion, EmotionScores, Fluency, Modality, Observation, Status
from perception.fusion import Override, fuse
from personas.presets import PRESETS

WHEN: Final = datetime(2026, 3, 1, 20, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One turn."""

    about: str
    """What it shows, in English."""
    seen: Sequence[Observation] = ()
    """What the senses say."""
    fluency: tuple[Cue, ...] = ()
    """What is heard of how the words came."""
    before: Sequence[EmotionScores] = ()
    """What was felt in the turns before, a minute apart."""
    own: Override | None = None
    """What the person says of their own feeling, now or in a correction that holds."""
    notes: tuple[Cue, ...] = ()
    """What the policy wants noticed."""

    def told(self, lang: str) -> str:
        """What the chat model is told; empty when that is nothing."""
        fluency = Fluency(words_per_minute=90.0, pause_ratio=0.4, fillers=0, cues=self.fluency)
        affect = fuse(self.seen, trust=PRESETS["words-first"], override=self.own, fluency=fluency)
        affect = replace(affect, notes=self.notes)
        felt = [*self.before, affect.scores]
        turns = [
            Felt(scores=scores, at=WHEN + timedelta(minutes=number), number=number)
            for number, scores in enumerate(felt, 1)
        ]
        return briefing(affect, mood_of(turns), lang, fluency=fluency)


def _felt(**parts: float) -> EmotionScores:
    """That much of some emotions, the rest neutral."""
    return EmotionScores.of({**parts, "neutral": 1.0 - sum(parts.values()) + parts.get("neutral", 0.0)})


def _sense(
    modality: Modality,
    emotion: str | None = None,
    confidence: float = 0.85,
    *cues: Cue,
    status: Status = Status.OK,
    quality: float = 0.9,
) -> Observation:
    scores = _felt(**{emotion: confidence}) if emotion else None
    if emotion and confidence < 0.5:
        # unsure between several, not sure of neutral
        rest = (1.0 - confidence) / 6
        scores = EmotionScores.of({**dict.fromkeys(Emotion, rest), emotion: confidence})
    return Observation(
        modality=modality, status=status, model="made", scores=scores, quality=quality, cues=cues, captured_at=WHEN
    )


def _face(emotion: str | None = None, confidence: float = 0.85, *cues: str, status: Status = Status.OK) -> Observation:
    return _sense(Modality.VISION, emotion, confidence, *(Cue(code=code) for code in cues), status=status)


def _voice(emotion: str | None = None, confidence: float = 0.8, *cues: str, status: Status = Status.OK) -> Observation:
    return _sense(Modality.AUDIO, emotion, confidence, *(Cue(code=code) for code in cues), status=status)


def _words(emotion: str | None = None, confidence: float = 0.9, *cues: Cue, status: Status = Status.OK) -> Observation:
    return _sense(Modality.TEXT, emotion, confidence, *cues, status=status)


def _states(emotion: str) -> Cue:
    return Cue(code="states_emotion", params={"emotion": emotion})


def _denies(emotion: str) -> Cue:
    return Cue(code="denies_emotion", params={"emotion": emotion})


def _said(*, stated: tuple[Emotion, ...] = (), denied: tuple[Emotion, ...] = ()) -> Override:
    return Override(kind="self_statement", stated=stated, denied=denied)


_CALM: Final = _felt(neutral=0.0)
_HAPPY: Final = _felt(happy=0.8)

CASES: Final = (
    Case(about="the words are sad", seen=[_words("sad")]),
    Case(about="the words may be sad", seen=[_words("sad", 0.55)]),
    Case(about="face and words agree", seen=[_face("happy", 0.9, "smile_corners"), _words("happy")]),
    Case(about="a smile over sad words: masking", seen=[_face("happy", 0.9, "smile_corners"), _words("sad")]),
    Case(
        about="the same, spoken quietly and with pauses",
        seen=[_face("happy", 0.9, "smile_corners"), _voice("sad", 0.7, "quiet"), _words("sad")],
        fluency=(Cue(code="long_pauses"),),
    ),
    Case(about="happy words in an angry voice: sarcasm", seen=[_voice("angry"), _words("happy")]),
    Case(about="plain words, a sad face: leakage", seen=[_face("sad", 0.8, "head_down"), _words("neutral", 0.9)]),
    Case(about="a sad voice, angry words: mixed", seen=[_voice("sad"), _words("angry")]),
    Case(
        about="says so themselves, and it shows",
        seen=[_voice("sad", 0.8, "pitch_below_usual"), _words("sad", 0.9, _states("sad"))],
        own=_said(stated=(Emotion.SAD,)),
    ),
    Case(
        about="says they are not angry; the voice is",
        seen=[_voice("angry", 0.9, "louder_than_before"), _words("angry", 0.7, _denies("angry"))],
        own=_said(denied=(Emotion.ANGRY,)),
    ),
    Case(
        about="says they are happy; the face is sad",
        seen=[_face("sad"), _words("happy", 0.9, _states("happy"))],
        own=_said(stated=(Emotion.HAPPY,)),
        before=[_felt(sad=0.3), _felt(sad=0.5), _felt(sad=0.7)],
    ),
    Case(
        about="was read as angry before, and set that right",
        seen=[_face("angry", 0.8, "brows_lowered"), _words("neutral", 0.6)],
        own=Override(kind="correction", stated=(Emotion.SAD,), denied=(Emotion.ANGRY,)),
        notes=(Cue(code="corrected", params={"read": "angry", "emotion": "sad"}),),
    ),
    Case(
        about="only said what it was not",
        seen=[_voice("fear", 0.7, "faster_than_before"), _words("fear", 0.6)],
        own=Override(kind="correction", denied=(Emotion.FEAR,)),
        notes=(Cue(code="corrected_not", params={"read": "fear"}),),
    ),
    Case(
        about="a face in the dark",
        seen=[_face("sad", 0.4, "face_dark", status=Status.LOW_QUALITY), _words("angry", 0.7)],
    ),
    Case(about="the voice came too late", seen=[_voice(status=Status.TIMEOUT), _words("fear", 0.8)]),
    Case(about="a picture without a face, and no words", seen=[_face(status=Status.NO_FACE)]),
    Case(
        about="hesitant speech, nothing else",
        seen=[_voice("neutral", 0.6), _words("neutral", 0.7)],
        fluency=(Cue(code="hesitant"), Cue(code="many_repairs"), Cue(code="many_fillers")),
    ),
    Case(
        about="sinking for several turns",
        seen=[_words("sad", 0.8)],
        before=[_felt(happy=0.5), _felt(happy=0.2), _felt(sad=0.3), _felt(sad=0.5)],
    ),
    Case(
        about="lifting for several turns",
        seen=[_words("happy", 0.6)],
        before=[_felt(sad=0.7), _felt(sad=0.5), _felt(sad=0.2), _CALM],
    ),
    Case(
        about="sadness has turned into anger",
        seen=[_face("angry", 0.8, "brows_lowered"), _words("angry", 0.85)],
        before=[_felt(sad=0.8), _felt(sad=0.75), _felt(angry=0.7, sad=0.2)],
    ),
    Case(about="sad for a while, this turn plain", seen=[_words("neutral", 0.8)], before=[_felt(sad=0.8)] * 6),
    Case(
        about="up and down",
        seen=[_words("happy", 0.9)],
        before=[_felt(angry=0.95), _felt(happy=0.95), _felt(sad=0.95), _felt(happy=0.95), _felt(angry=0.95)],
    ),
    Case(
        about="more than fits",
        seen=[
            _face("happy", 0.9, "faces", "brows_raised", "eyes_wide"),
            _voice("fear", 0.8, "loud", "pitch_above_usual", "faster_than_before"),
            _words("fear", 0.9),
        ],
        fluency=(Cue(code="speaks_fast"), Cue(code="many_repairs")),
    ),
    Case(about="nothing to say: calm", seen=[_face("neutral"), _words("neutral")]),
    Case(about="nothing to say: too unsure", seen=[_words("sad", 0.3)]),
)
"""From the plain to the crowded."""

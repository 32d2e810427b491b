"""What a person says about how they were read: it counts for more than the senses, from then on in the session.

The newest correction of a session holds; another one undoes it. Of later turns it changes those that are read in the
same wrong way again: evidence of something else is heard as ever. Neutral is no such way: it is what shows when nothing
does, in most turns, and not each of them is the one that was read wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from memory import CorrectionRecord, Past, TurnRecord
from perception import Affect, Cue, Emotion, Observation
from perception.fusion import Override
from perception.fusion.override import TOLD, overridden
from perception.text.statements import Polarity, find_statements


def standing(corrections: Sequence[CorrectionRecord]) -> CorrectionRecord | None:
    """The correction that holds.

    Args:
        corrections: Of one session, oldest first.

    Returns:
        None where there is none, or the newest says that the senses were right.
    """
    newest = corrections[-1] if corrections else None
    return newest if newest is not None and newest.emotion is not newest.read else None


def override_by(correction: CorrectionRecord, sensed: Emotion | None, words: Override | None) -> Override | None:
    """What a standing correction makes of a later turn.

    Args:
        correction: That holds.
        sensed: What the senses make of the turn.
        words: What the person says in the turn about how they feel. It is newer: it takes the place of the emotion that
            the correction stated, or takes it back, and where it is the very emotion that the correction denied, it
            takes the place of all of it.

    Returns:
        None where it does not concern the turn.
    """
    if correction.read in (None, Emotion.NEUTRAL) or sensed is not correction.read:
        return None
    said = words.stated if words else ()
    if correction.read in said:
        return None
    denied = (correction.read, *(words.denied if words else ()))
    felt = said or tuple(emotion for emotion in (correction.emotion,) if emotion and emotion not in denied)
    return Override(kind="correction", stated=felt, denied=denied)


def own_words(observations: Sequence[Observation]) -> Override | None:
    """What the person says in this turn about how they feel, out of the cues of the text sense."""
    cues = [cue for observation in observations for cue in observation.cues]
    stated, denied = (_emotions(cues, code) for code in ("states_emotion", "denies_emotion"))
    return Override(kind="self_statement", stated=stated, denied=denied) if stated or denied else None


def emotion_in(text: str) -> Emotion | None:
    """What a person says they feel, when they put a correction into words; None where they name no emotion."""
    return next((said.emotion for said in find_statements(text) if said.polarity is Polarity.STATED), None)


def told(correction: CorrectionRecord, words: Override | None = None) -> Cue:
    """The correction as a note for the chat model, without the emotion that newer words have taken back."""
    read, emotion = correction.read, correction.emotion
    if words is not None and read is not None and emotion in words.ruled_out:
        emotion = None
    if emotion is None:
        return Cue(code="corrected_not", params={"read": read.value if read else ""})
    if read is None or read is emotion:
        return Cue(code="corrected_to", params={"emotion": emotion.value})
    return Cue(code="corrected", params={"read": read.value, "emotion": emotion.value})


def corrected(past: Past) -> Past:
    """The past as the person sees it: turns that they corrected felt as they say."""
    newest = {correction.number: correction for correction in past.corrections}
    if not newest:
        return past
    return replace(past, turns=tuple(_corrected(turn, newest.get(turn.number)) for turn in past.turns))


def _corrected(turn: TurnRecord, correction: CorrectionRecord | None) -> TurnRecord:
    if correction is None or not (correction.emotion or correction.read):
        return turn
    override = Override(
        kind="correction",
        stated=(correction.emotion,) if correction.emotion else (),
        denied=(correction.read,) if correction.read else (),
    )
    affect = turn.affect or Affect(scores=None, shares=(), conflicts=(), reliability=0.0, observations=())
    scores = overridden(affect.scores, override)
    reliability = TOLD if override.stated else affect.reliability / 2
    return replace(turn, affect=replace(affect, scores=scores, reliability=reliability if scores else 0.0))


def _emotions(cues: Sequence[Cue], code: str) -> tuple[Emotion, ...]:
    return tuple(dict.fromkeys(Emotion(str(cue.params["emotion"])) for cue in cues if cue.code == code))

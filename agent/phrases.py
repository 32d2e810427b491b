"""Codes into words, at the edge: for the chat model, and for people.

Nothing here raises for what it does not know: an unknown code is said with its underscores as spaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from perception import Affect, Conflict, Cue, Emotion, Fluency, Modality, Mood, Observation, Status, Transcript

MAX_CHARACTERS: Final[Mapping[str, int]] = {"en": 210, "zh": 56}
"""Of a briefing: about 60 tokens of a small model's vocabulary."""

SURE: Final = 0.6
"""Least confidence, and reliability, for saying how a person seems without a perhaps."""
PERHAPS: Final = 0.35
"""Below it, nothing is said."""
SETTLED: Final = 3
"""Turns a mood must rest on before it is worth a word."""
VOLATILE: Final = 0.45
"""Volatility from which feelings are said to swing."""


@cache
def _texts() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("phrases.yaml").read_text("utf-8"))
    return loaded


def name_emotion(emotion: Emotion, lang: str) -> str:
    """The adjective, such as `afraid`."""
    return _say("emotions", emotion, lang)


def render_cue(cue: Cue, lang: str, *, brief: bool = False) -> str | None:
    """What a sense noticed, for people; or, when brief, for the chat model: no numbers, and None for what concerns
    the machinery and not the person.
    """
    entry = _texts()["cues"].get(cue.code)
    if entry is None:
        return _spaced(cue.code)
    forms = entry.get("brief" if brief else "text")
    return _filled(_in(forms, lang), cue.params, lang, cue.code) if forms else None


def render_conflict(conflict: Conflict, lang: str) -> str:
    """Where the senses disagree: what each shows, and what that may mean."""
    shown = [_shown(Modality(key), str(value), lang) for key, value in _senses_of(conflict)]
    if not shown:
        return _spaced(conflict.code)
    senses = _say("joins", "but", lang).join(shown)
    template = _texts()["conflicts"].get(conflict.code)
    return _in(template, lang).format(senses=senses) if template else f"{_spaced(conflict.code)}: {senses}"


def render_status(status: Status, modality: Modality, lang: str) -> str:
    """Why a sense could not tell: `voice: no speech heard`."""
    return _say("joins", "described", lang).format(
        sense=_say("senses", modality, lang), said=_say("statuses", status, lang)
    )


def describe_observation(observation: Observation, lang: str) -> str:
    """One observation for a terminal: `face: happy (sure)`, `voice: too short to tell`."""
    cues = [text for cue in observation.cues if (text := render_cue(cue, lang))]
    if observation.status is not Status.OK or observation.scores is None:
        return _say("joins", "part", lang).join([render_status(observation.status, observation.modality, lang), *cues])
    how = _say("certainty", _certainty(observation.scores.confidence), lang)
    said = _say("joins", "qualified", lang).format(said=name_emotion(observation.scores.top, lang), how=how)
    described = _say("joins", "described", lang).format(sense=_say("senses", observation.modality, lang), said=said)
    return _say("joins", "part", lang).join([described, *cues])


def note(text: str, lang: str) -> str:
    """A briefing's frame around what was noticed."""
    return _say("joins", "note", lang).format(parts=text)


def cut_note(lang: str) -> str:
    """That the reply before did not reach the person whole, as the person would say it."""
    return _in(_texts()["cut"], lang)


def briefing(affect: Affect | None, mood: Mood | None, lang: str, *, fluency: Fluency | None = None) -> str:
    """What the chat model is told with the last user message; empty when there is nothing to say.

    Conflicts come before cues, cues before labels, and the first that no longer fits ends it. There are no numbers in
    it, since small models repeat them, and nothing is asserted: a person looks, sounds or reads angry, and never is.
    """
    parts = list(dict.fromkeys(_parts(affect, mood, fluency, lang)))
    join, limit = _say("joins", "part", lang), MAX_CHARACTERS.get(lang, MAX_CHARACTERS["en"])
    while parts and len(note(join.join(parts), lang)) > limit:
        parts.pop()
    return note(join.join(parts), lang) if parts else ""


def cannot_speak(lang: str, model: str) -> str:
    """That the chat model does not speak the person's language, in that language, and what to do about it."""
    return _in(_texts()["cannot_speak"], lang).format(model=model)


def did_not_hear(transcript: Transcript | None, lang: str) -> str:
    """That no words were made out in a recording, why, and what to do about it."""
    status = transcript.status if transcript else Status.DISABLED
    why = _say("statuses", status, lang)
    hints = [render_cue(cue, lang) for cue in transcript.cues] if transcript else []
    told = _say("joins", "part", lang).join([why, *(hint for hint in hints if hint)])
    return _in(_texts()["did_not_hear"], lang).format(why=told)


def _parts(affect: Affect | None, mood: Mood | None, fluency: Fluency | None, lang: str) -> Iterable[str]:
    if affect and affect.conflicts:
        # three senses make up to three pairs, which say the same thing over again
        yield render_conflict(affect.conflicts[0], lang)
    cues = [cue for observation in (affect.observations if affect else ()) for cue in observation.cues]
    for cue in (*cues, *(fluency.cues if fluency else ())):
        if text := render_cue(cue, lang, brief=True):
            yield text
    if affect and not affect.conflicts:
        yield from _label(affect, lang)
    if affect:
        yield from _unclear(affect, lang)
    yield from _mood(mood, lang)


def _label(affect: Affect, lang: str) -> Iterable[str]:
    if affect.scores is None or affect.scores.top is Emotion.NEUTRAL:
        return
    certainty = min(affect.scores.confidence, affect.reliability)
    if certainty < PERHAPS:
        return
    top = affect.scores.top
    agree = [o.modality for o in affect.observations if o.status is Status.OK and o.scores and o.scores.top is top]
    verbs = _say("joins", "and", lang).join(_say("verbs", modality, lang) for modality in agree or ("none",))
    said = verbs + _say("joins", "reads" if Modality.TEXT in agree else "seems", lang) + name_emotion(top, lang)
    yield said if certainty >= SURE else _say("joins", "perhaps", lang).format(said=said)


def _unclear(affect: Affect, lang: str) -> Iterable[str]:
    for observation in affect.observations:
        if observation.status in {Status.UNCERTAIN, Status.LOW_QUALITY} and observation.modality is not Modality.TEXT:
            yield _say("joins", "unclear", lang).format(sense=_say("senses", observation.modality, lang))


def _mood(mood: Mood | None, lang: str) -> Iterable[str]:
    if mood is None or mood.turns < SETTLED:
        return
    if mood.volatility >= VOLATILE:
        yield _say("mood", "volatile", lang)
    elif mood.trend != "steady":
        yield _say("mood", mood.trend, lang)


def _senses_of(conflict: Conflict) -> list[tuple[str, Any]]:
    # the sure thing first: what the person says, then what shows
    order = [Modality.VISION, Modality.AUDIO, Modality.TEXT]
    if conflict.params.get(Modality.VISION) != Emotion.HAPPY:
        order.reverse()
    return [(modality, conflict.params[modality]) for modality in order if modality in conflict.params]


def _shown(modality: Modality, emotion: str, lang: str) -> str:
    if modality is Modality.VISION and emotion == Emotion.HAPPY:
        return _say("shown", "smile", lang)
    return _say("shown", modality, lang).format(emotion=_param(emotion, lang))


def _certainty(confidence: float) -> str:
    return "sure" if confidence >= 0.75 else "likely" if confidence >= 0.5 else "unsure"


def _say(group: str, key: str, lang: str) -> str:
    return _in(_texts()[group][str(key)], lang)


def _in(forms: Mapping[str, str], lang: str) -> str:
    return forms[lang] if lang in forms else forms["en"]


def _filled(template: str, params: Mapping[str, object], lang: str, code: str) -> str:
    try:
        return template.format_map({key: _param(value, lang) for key, value in params.items()})
    except KeyError:  # a perceiver of another make leaves a parameter out
        return _spaced(code)


def _param(value: object, lang: str) -> str:
    if value in set(Emotion):
        return name_emotion(Emotion(str(value)), lang)
    reason = _texts()["reasons"].get(value)
    return _in(reason, lang) if reason else str(value)


def _spaced(code: str) -> str:
    return code.replace("_", " ")

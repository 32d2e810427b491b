"""Codes into words, at the edge: for the chat model, and for people.

Nothing here raises for what it does not know: an unknown code is said with its underscores as spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from perception import Conflict, Cue, Emotion, Modality, Observation, Status, Transcript


@cache
def _texts() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("phrases.yaml").read_text("utf-8"))
    return loaded


def name_emotion(emotion: Emotion, lang: str) -> str:
    """The adjective, such as `afraid`."""
    return say("emotions", emotion, lang)


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
    senses = say("joins", "but", lang).join(shown)
    template = _texts()["conflicts"].get(conflict.code)
    return _in(template, lang).format(senses=senses) if template else f"{_spaced(conflict.code)}: {senses}"


def render_status(status: Status, modality: Modality, lang: str) -> str:
    """Why a sense could not tell: `voice: no speech heard`."""
    return say("joins", "described", lang).format(
        sense=say("senses", modality, lang), said=say("statuses", status, lang)
    )


def describe_observation(observation: Observation, lang: str) -> str:
    """One observation for a terminal: `face: happy (sure)`, `voice: too short to tell`."""
    cues = [text for cue in observation.cues if (text := render_cue(cue, lang))]
    if observation.status is not Status.OK or observation.scores is None:
        return say("joins", "part", lang).join([render_status(observation.status, observation.modality, lang), *cues])
    how = say("certainty", _certainty(observation.scores.confidence), lang)
    said = say("joins", "qualified", lang).format(said=name_emotion(observation.scores.top, lang), how=how)
    described = say("joins", "described", lang).format(sense=say("senses", observation.modality, lang), said=said)
    return say("joins", "part", lang).join([described, *cues])


def note(text: str, lang: str) -> str:
    """A briefing's frame around what was noticed."""
    return say("joins", "note", lang).format(parts=text)


def cut_note(lang: str) -> str:
    """That the reply before did not reach the person whole, as the person would say it."""
    return _in(_texts()["cut"], lang)


def cannot_speak(lang: str, model: str) -> str:
    """That the chat model does not speak the person's language, in that language, and what to do about it."""
    return _in(_texts()["cannot_speak"], lang).format(model=model)


def did_not_hear(transcript: Transcript | None, lang: str) -> str:
    """That no words were made out in a recording, why, and what to do about it."""
    status = transcript.status if transcript else Status.DISABLED
    why = say("statuses", status, lang)
    hints = [render_cue(cue, lang) for cue in transcript.cues] if transcript else []
    told = say("joins", "part", lang).join([why, *(hint for hint in hints if hint)])
    return _in(_texts()["did_not_hear"], lang).format(why=told)


def _senses_of(conflict: Conflict) -> list[tuple[str, Any]]:
    # the sure thing first: what the person says, then what shows
    order = [Modality.VISION, Modality.AUDIO, Modality.TEXT]
    if conflict.params.get(Modality.VISION) != Emotion.HAPPY:
        order.reverse()
    return [(modality, conflict.params[modality]) for modality in order if modality in conflict.params]


def _shown(modality: Modality, emotion: str, lang: str) -> str:
    if modality is Modality.VISION and emotion == Emotion.HAPPY:
        return say("shown", "smile", lang)
    if modality is Modality.TEXT and emotion == Emotion.NEUTRAL:
        return say("shown", "plain", lang)
    return say("shown", modality, lang).format(emotion=_param(emotion, lang))


def _certainty(confidence: float) -> str:
    return "sure" if confidence >= 0.75 else "likely" if confidence >= 0.5 else "unsure"


def say(group: str, key: str, lang: str, **params: str) -> str:
    """The text of one key of `phrases.yaml`, filled in."""
    text = _in(_texts()[group][str(key)], lang)
    return text.format(**params) if params else text


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

"""Codes become words in both languages, and the chat model is told little, and gently."""

from __future__ import annotations

import re

import pytest

from agent.phrases import (
    cannot_speak,
    describe_observation,
    name_emotion,
    render_conflict,
    render_cue,
    render_status,
)
from perception import (
    Conflict,
    Cue,
    Emotion,
    EmotionScores,
    Modality,
    Observation,
    Status,
)

pytestmark = pytest.mark.unit

HAN = re.compile(r"[一-鿿]")
CUES = [
    Cue(code="faces", params={"count": 2}),
    Cue(code="face_small", params={"pixels": 12}),
    Cue(code="face_dark", params={"brightness": 10}),
    Cue(code="face_blurred", params={"sharpness": 0.05}),
    Cue(code="face_turned", params={"degrees": 70}),
    Cue(code="label_read", params={"strategy": "answer_tag"}),
    Cue(code="label_unknown", params={"said": "contempt"}),
    Cue(code="label_absent"),
    Cue(code="reply_cut"),
    Cue(code="several_emotions", params={"first": "happy", "second": "surprise"}),
    Cue(code="confidence_assumed", params={"percent": 60}),
    Cue(code="reasoning", params={"text": "The brows are up."}),
    Cue(code="backend_failed", params={"backend": "mllm-x", "why": "it is busy (429); try again later"}),
    Cue(code="mouth_open", params={"percent": 19, "reliability": 1.0}),
    *(Cue(code=code) for code in ("smile_corners", "brows_raised", "brows_lowered", "eyes_wide", "eyes_narrowed")),
    *(Cue(code=f"head_{how}", params={"degrees": 24}) for how in ("turned", "tilted", "up", "down")),
    Cue(code="frames", params={"read": 4, "of": 5}),
    Cue(code="loud"),
    Cue(code="quiet"),
    Cue(code="speaks_with_little_variation", params={"semitones": 1.2}),
    Cue(code="noisy", params={"snr_db": 3}),
    Cue(code="clipped", params={"percent": 12}),
    Cue(code="little_speech", params={"percent": 9}),
    Cue(code="samples_not_finite"),
    Cue(code="model_refused", params={"why": "hash"}),
    Cue(code="timeout"),
    Cue(code="pitch_above_usual", params={"percent": 40}),
    Cue(code="speaks_fast", params={"words_per_minute": 260}),
    Cue(code="speaks_slowly", params={"words_per_minute": 60}),
    Cue(code="long_pauses", params={"count": 2, "longest_seconds": 1.8}),
    Cue(code="many_fillers", params={"count": 5}),
    Cue(code="many_repairs", params={"count": 4}),
    Cue(code="hesitant", params={"score": 0.62}),
    Cue(code="text_truncated", params={"characters": 4000}),
    Cue(code="states_emotion", params={"emotion": "sad"}),
    Cue(code="denies_emotion", params={"emotion": "angry"}),
    Cue(code="language_unsupported", params={"language": "fr"}),
    Cue(code="model_missing", params={"model": "text-zh-1", "command": "attune models get text-zh-1"}),
    Cue(code="disabled", params={"reason": "consent"}),
    Cue(code="failed", params={"error": "ValueError"}),
]
BY_CODE = {cue.code: cue for cue in CUES}


def scores(emotion: Emotion, confidence: float = 0.9) -> EmotionScores:
    return EmotionScores.of({**dict.fromkeys(Emotion, (1 - confidence) / 6), emotion: confidence})


def observed(
    modality: Modality,
    emotion: Emotion | None,
    *,
    status: Status = Status.OK,
    confidence: float = 0.9,
    cues: tuple[Cue, ...] = (),
) -> Observation:
    return Observation(
        modality=modality,
        status=status,
        model="test-1",
        quality=0.8,
        scores=scores(emotion, confidence) if emotion else None,
        cues=cues,
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_emotion_and_every_status_of_every_sense_has_words(lang: str) -> None:
    said = [name_emotion(emotion, lang) for emotion in Emotion]
    said += [render_status(status, modality, lang) for status in Status for modality in Modality]
    assert len(set(said)) == len(said)
    assert all(bool(HAN.search(text)) == (lang == "zh") for text in said)


@pytest.mark.parametrize("cue", CUES, ids=lambda cue: cue.code)
def test_every_known_cue_has_words_in_both_languages(cue: Cue) -> None:
    english, chinese = render_cue(cue, "en"), render_cue(cue, "zh")
    assert english
    assert chinese
    assert not HAN.search(english)
    assert HAN.search(chinese)
    assert "{" not in english + chinese


def test_what_nobody_knows_is_said_as_it_is() -> None:
    assert render_cue(Cue(code="ears_red", params={"hue": 3}), "en") == "ears red"
    assert render_cue(Cue(code="long_pauses"), "zh") == "long pauses"
    assert render_conflict(Conflict(code="odd_pair"), "en") == "odd pair"
    assert render_conflict(Conflict(code="odd_pair", params={"text": "calmness"}), "en") == (
        "odd pair: the words read calmness"
    )
    assert render_cue(Cue(code="loud"), "fr") == "loud"


def test_a_pace_has_its_unit() -> None:
    fast = Cue(code="speaks_fast", params={"words_per_minute": 220})
    assert render_cue(fast, "zh") == "语速快（每分钟 220 个字）"
    assert render_cue(fast, "en") == "speaks fast (220 words a minute)"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("emotion", Emotion)
def test_every_emotion_can_be_stated_and_denied(emotion: Emotion, lang: str) -> None:
    name = name_emotion(emotion, lang)
    for code in ("states_emotion", "denies_emotion"):
        said = render_cue(Cue(code=code, params={"emotion": emotion.value}), lang, brief=True)
        assert said is not None
        assert said.endswith(name)


def test_going_back_on_words_and_what_people_say_of_themselves_are_told_to_people() -> None:
    assert render_cue(BY_CODE["many_repairs"], "en") == "starts over or corrects the words often (4)"
    assert render_cue(BY_CODE["many_repairs"], "zh") == "常重说或改口（4 次）"
    assert render_cue(BY_CODE["hesitant"], "en") == "speaks hesitantly (0.62 of 1)"
    assert render_cue(BY_CODE["hesitant"], "zh") == "说话犹豫（0.62，最高 1）"
    assert render_cue(BY_CODE["states_emotion"], "en") == "says they feel sad"
    assert render_cue(BY_CODE["denies_emotion"], "zh") == "说自己不生气"


@pytest.mark.parametrize("code", ["masking", "leakage", "sarcasm", "mixed"])
def test_every_kind_of_conflict_has_words_in_both_languages(code: str) -> None:
    conflict = Conflict(code=code, params={"audio": "angry", "text": "happy"})
    english, chinese = render_conflict(conflict, "en"), render_conflict(conflict, "zh")
    assert english.startswith("the words read happy, but the voice sounds angry, perhaps ")
    assert chinese.startswith("文字读起来像是高兴，但声音听起来生气，也许")


def test_a_terminal_shows_each_sense_in_a_few_words() -> None:
    assert describe_observation(observed(Modality.VISION, Emotion.HAPPY), "en") == "face: happy (sure)"
    assert describe_observation(observed(Modality.VISION, Emotion.HAPPY, confidence=0.4), "zh") == (
        "脸部：高兴（不太确定）"
    )
    missing = observed(Modality.TEXT, None, status=Status.MODEL_MISSING, cues=(BY_CODE["model_missing"],))
    assert "attune models get text-zh-1" in describe_observation(missing, "en")
    assert describe_observation(observed(Modality.AUDIO, None, status=Status.TOO_SHORT), "en") == (
        "voice: too short to tell"
    )


def test_a_model_without_the_language_says_so_in_that_language() -> None:
    assert "smollm2" in cannot_speak("zh", "smollm2")
    assert HAN.search(cannot_speak("zh", "smollm2"))
    assert not HAN.search(cannot_speak("en", "smollm2"))

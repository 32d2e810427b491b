"""Codes become words in both languages, and the chat model is told little, and gently."""

from __future__ import annotations

import re

import pytest

from agent.phrases import (
    MAX_CHARACTERS,
    briefing,
    cannot_speak,
    describe_observation,
    name_emotion,
    render_conflict,
    render_cue,
    render_status,
)
from perception import (
    Affect,
    Conflict,
    Cue,
    Emotion,
    EmotionScores,
    Fluency,
    Modality,
    Mood,
    Observation,
    Share,
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


def felt(
    *observations: Observation,
    fused: EmotionScores | None = None,
    conflicts: tuple[Conflict, ...] = (),
    reliability: float = 0.9,
) -> Affect:
    shares = tuple(Share(modality=o.modality, weight=0.5, reason="weighted") for o in observations)
    return Affect(scores=fused, shares=shares, conflicts=conflicts, reliability=reliability, observations=observations)


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


def test_a_smile_over_sad_words_is_told_before_anything_else() -> None:
    conflict = Conflict(code="masking", params={"vision": "happy", "text": "sad"})
    affect = felt(
        observed(Modality.VISION, Emotion.HAPPY),
        observed(Modality.AUDIO, Emotion.SAD, status=Status.UNCERTAIN, cues=(Cue(code="quiet"),)),
        observed(Modality.TEXT, Emotion.SAD),
        fused=scores(Emotion.SAD),
        conflicts=(conflict,),
    )
    assert briefing(affect, None, "en") == (
        "(What I notice: smiles, but the words read sad, perhaps covering something; sounds quiet; voice unclear.)"
    )
    assert briefing(affect, None, "zh") == (
        "（我注意到：脸上带着笑，但文字读起来像是难过，也许在掩饰什么；声音很轻；声音不清楚。）"
    )


def test_senses_that_agree_are_named_together() -> None:
    affect = felt(
        observed(Modality.VISION, Emotion.ANGRY), observed(Modality.AUDIO, Emotion.ANGRY), fused=scores(Emotion.ANGRY)
    )
    assert briefing(affect, None, "en") == "(What I notice: looks and sounds angry.)"
    assert briefing(affect, None, "zh") == "（我注意到：看起来、听起来生气。）"
    affect = felt(
        observed(Modality.AUDIO, Emotion.ANGRY), observed(Modality.TEXT, Emotion.ANGRY), fused=scores(Emotion.ANGRY)
    )
    assert briefing(affect, None, "zh") == "（我注意到：听起来、读起来像是生气。）"


def test_a_pace_has_its_unit() -> None:
    fast = Cue(code="speaks_fast", params={"words_per_minute": 220})
    assert render_cue(fast, "zh") == "语速快（每分钟 220 个字）"
    assert render_cue(fast, "en") == "speaks fast (220 words a minute)"


def test_going_back_on_words_is_told_without_numbers_to_the_model() -> None:
    repairs, hesitant = BY_CODE["many_repairs"], BY_CODE["hesitant"]
    assert render_cue(repairs, "en") == "starts over or corrects the words often (4)"
    assert render_cue(repairs, "zh") == "常重说或改口（4 次）"
    assert render_cue(hesitant, "en") == "speaks hesitantly (0.62 of 1)"
    assert render_cue(hesitant, "zh") == "说话犹豫（0.62，最高 1）"
    fluency = Fluency(words_per_minute=90, pause_ratio=0.5, fillers=1, cues=(repairs, hesitant))
    assert briefing(None, None, "en", fluency=fluency) == "(What I notice: often starts over; speaks hesitantly.)"
    assert briefing(None, None, "zh", fluency=fluency) == "（我注意到：常常重说或改口；说话有些犹豫。）"


def test_what_people_say_of_themselves_is_told_as_said_and_not_as_so() -> None:
    stated, denied = BY_CODE["states_emotion"], BY_CODE["denies_emotion"]
    assert render_cue(stated, "en") == "says they feel sad"
    assert render_cue(denied, "zh") == "说自己不生气"
    words = observed(Modality.TEXT, Emotion.SAD, cues=(denied, stated))
    assert briefing(felt(words), None, "en") == ("(What I notice: says they do not feel angry; says they feel sad.)")
    assert briefing(felt(words), None, "zh") == "（我注意到：说自己不生气；说自己难过。）"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("emotion", Emotion)
def test_every_emotion_can_be_stated_and_denied(emotion: Emotion, lang: str) -> None:
    name = name_emotion(emotion, lang)
    for code in ("states_emotion", "denies_emotion"):
        said = render_cue(Cue(code=code, params={"emotion": emotion.value}), lang, brief=True)
        assert said is not None
        assert said.endswith(name)


@pytest.mark.parametrize(
    ("confidence", "reliability", "said"),
    [(0.9, 0.9, "(What I notice: reads sad.)"), (0.5, 0.9, "(What I notice: perhaps reads sad.)"), (0.9, 0.1, "")],
)
def test_uncertainty_is_put_into_words(confidence: float, reliability: float, said: str) -> None:
    text = observed(Modality.TEXT, Emotion.SAD, confidence=confidence)
    assert briefing(felt(text, fused=text.scores, reliability=reliability), None, "en") == said


def test_nothing_is_said_when_there_is_nothing_to_say() -> None:
    calm = observed(Modality.TEXT, Emotion.NEUTRAL)
    hint = Cue(code="model_missing", params={"model": "m", "command": "c"})
    absent = observed(Modality.AUDIO, None, status=Status.MODEL_MISSING, cues=(hint,))
    assert briefing(None, None, "en") == ""
    assert briefing(felt(calm, absent, fused=calm.scores), None, "zh") == ""


def test_how_it_was_said_and_how_the_mood_moves_are_told() -> None:
    fluency = Fluency(
        words_per_minute=50, pause_ratio=0.6, fillers=7, cues=(BY_CODE["long_pauses"], BY_CODE["many_fillers"])
    )
    mood = Mood(
        scores=scores(Emotion.SAD), trend="falling", volatility=0.1, baseline=scores(Emotion.NEUTRAL), last_shift=None,
        turns=5,
    )  # fmt: skip
    assert briefing(None, mood, "en", fluency=fluency) == (
        "(What I notice: long pauses; many filler words; mood has been sinking.)"
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_briefing_is_short_and_holds_neither_numbers_nor_assertions(lang: str) -> None:
    everything = felt(
        observed(Modality.VISION, Emotion.FEAR, cues=tuple(CUES[:4])),
        observed(Modality.AUDIO, Emotion.FEAR, cues=tuple(CUES[4:19])),
        observed(Modality.TEXT, Emotion.FEAR, cues=tuple(CUES[19:])),
        fused=scores(Emotion.FEAR),
    )
    said = briefing(everything, None, lang)
    assert 0 < len(said) <= MAX_CHARACTERS[lang]
    assert not re.search(r"\d|\bis\b|是", said)


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

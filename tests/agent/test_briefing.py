"""The chat model is told little, and gently; the person's own word stands above all that is told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.briefing import LASTING, MAX_TOKENS, SETTLED, VOLATILE, briefing
from agent.phrases import name_emotion
from agent.tokens import at_most
from evals.pages.briefings import CASES
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
NUMBERS_AND_ASSERTIONS = re.compile(
    r"\d|\b(is|are) (happy|sad|angry|afraid|surprised|disgusted|neutral)|(?<![像不，])是"
)
SMILE = Cue(code="smile_corners")
STATES_SAD = Cue(code="states_emotion", params={"emotion": "sad"})
MISREAD = Cue(code="corrected", params={"read": "angry", "emotion": "sad"})
DENIES_ANGRY = Cue(code="denies_emotion", params={"emotion": "angry"})
CODES = (
    *("faces", "face_small", "smile_corners", "brows_raised", "eyes_wide", "head_down", "loud", "quiet", "noisy"),
    *(
        "pitch_above_usual",
        "slower_than_before",
        "speaks_fast",
        "long_pauses",
        "hesitant",
        "backend_failed",
        "ears_red",
    ),
)


def scores(emotion: Emotion, confidence: float = 0.9) -> EmotionScores:
    return EmotionScores.of({**dict.fromkeys(Emotion, (1 - confidence) / 6), emotion: confidence})


def observed(
    modality: Modality,
    emotion: Emotion | None,
    *cues: Cue,
    status: Status = Status.OK,
    confidence: float = 0.9,
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
    notes: tuple[Cue, ...] = (),
) -> Affect:
    return Affect(
        scores=fused,
        shares=tuple(Share(modality=o.modality, weight=0.5, reason="weighted") for o in observations),
        conflicts=conflicts,
        reliability=reliability,
        observations=observations,
        notes=notes,
    )


def moving(trend: str = "steady", **more: object) -> Mood:
    known = {
        "scores": scores(Emotion.SAD),
        "trend": trend,
        "volatility": 0.1,
        "baseline": scores(Emotion.NEUTRAL),
        "last_shift": None,
        "turns": SETTLED,
        "state": Emotion.SAD,
        "sitting": SETTLED,
        "turns_in_state": SETTLED,
    }
    return Mood(**{**known, **more})  # type: ignore[arg-type]


# order and words


def test_a_smile_over_sad_words_is_told_before_anything_else() -> None:
    affect = felt(
        observed(Modality.VISION, Emotion.HAPPY, SMILE),
        observed(Modality.AUDIO, Emotion.SAD, Cue(code="quiet"), status=Status.UNCERTAIN),
        observed(Modality.TEXT, Emotion.SAD),
        fused=scores(Emotion.SAD),
        conflicts=(Conflict(code="masking", params={"vision": "happy", "text": "sad"}),),
    )
    assert briefing(affect, None, "en") == (
        "(What I notice: smiles, but the words read sad, perhaps covering something; sounds quiet; voice hard to read.)"
    )
    assert briefing(affect, None, "zh") == (
        "（我注意到：脸上带着笑，但文字读起来像是难过，也许在掩饰什么；声音很轻；语气不好判断。）"
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


def test_how_the_words_came_is_told_without_numbers() -> None:
    cues = (Cue(code="many_repairs", params={"count": 4}), Cue(code="hesitant", params={"score": 0.62}))
    fluency = Fluency(words_per_minute=90, pause_ratio=0.5, fillers=1, cues=cues)
    assert briefing(None, None, "en", fluency=fluency) == "(What I notice: often starts over; speaks hesitantly.)"
    assert briefing(None, None, "zh", fluency=fluency) == "（我注意到：常常重说或改口；说话有些犹豫。）"


def test_a_note_of_a_rule_is_told_among_the_cues() -> None:
    affect = felt(observed(Modality.TEXT, Emotion.NEUTRAL), notes=(Cue(code="camera_often_wrong"), Cue(code="rule_2")))
    assert briefing(affect, None, "en") == "(What I notice: camera often wrong.)"


def test_a_sense_that_notices_much_does_not_crowd_out_another() -> None:
    face = [Cue(code=code) for code in ("brows_raised", "eyes_wide", "head_down", "faces", "smile_corners")]
    affect = felt(
        observed(Modality.VISION, Emotion.NEUTRAL, *face), observed(Modality.AUDIO, Emotion.NEUTRAL, Cue(code="quiet"))
    )
    said = briefing(affect, None, "en")
    assert "brows raised; sounds quiet; eyes wide open" in said


# uncertainty


@pytest.mark.parametrize(
    ("confidence", "reliability", "said"),
    [(0.9, 0.9, "(What I notice: reads sad.)"), (0.5, 0.9, "(What I notice: perhaps reads sad.)"), (0.9, 0.1, "")],
)
def test_uncertainty_is_put_into_words(confidence: float, reliability: float, said: str) -> None:
    text = observed(Modality.TEXT, Emotion.SAD, confidence=confidence)
    assert briefing(felt(text, fused=text.scores, reliability=reliability), None, "en") == said


@pytest.mark.parametrize(
    ("sense", "status", "english", "chinese"),
    [
        (Modality.VISION, Status.UNCERTAIN, "face hard to read", "表情不好判断"),
        (Modality.AUDIO, Status.LOW_QUALITY, "voice hard to read", "语气不好判断"),
        (Modality.VISION, Status.TIMEOUT, "face not seen in time", "没来得及看表情"),
        (Modality.AUDIO, Status.TIMEOUT, "voice not heard in time", "没来得及听语气"),
        (Modality.TEXT, Status.TIMEOUT, "words not read in time", "没来得及读文字"),
        (Modality.VISION, Status.NO_FACE, "no face to be seen", "没看到脸"),
        (Modality.AUDIO, Status.NO_SPEECH, "nothing to be heard", "没听到声音"),
    ],
)
def test_a_sense_that_cannot_tell_says_so(sense: Modality, status: Status, english: str, chinese: str) -> None:
    affect = felt(observed(sense, None, status=status), reliability=0.0)
    assert briefing(affect, None, "en") == f"(What I notice: {english}.)"
    assert briefing(affect, None, "zh") == f"（我注意到：{chinese}。）"


def test_an_empty_picture_beside_words_is_not_worth_a_word() -> None:
    affect = felt(observed(Modality.VISION, None, status=Status.NO_FACE), observed(Modality.TEXT, Emotion.NEUTRAL))
    assert briefing(affect, None, "en") == ""


@pytest.mark.parametrize("status", [Status.DISABLED, Status.MODEL_MISSING, Status.FAILED, Status.TOO_SHORT])
def test_the_machinery_is_nothing_to_tell_a_model_of(status: Status) -> None:
    hint = Cue(code="model_missing", params={"model": "m", "command": "c"})
    affect = felt(observed(Modality.AUDIO, None, hint, status=status))
    assert briefing(affect, None, "zh") == ""


def test_nothing_is_said_when_there_is_nothing_to_say() -> None:
    calm = observed(Modality.TEXT, Emotion.NEUTRAL)
    assert briefing(None, None, "en") == ""
    assert briefing(felt(calm, fused=calm.scores), moving(), "zh") == ""


# the person's own word


def test_what_people_say_of_themselves_is_told_as_said_and_not_as_so() -> None:
    words = observed(Modality.TEXT, Emotion.SAD, DENIES_ANGRY, STATES_SAD)
    affect = felt(words, fused=words.scores)
    assert briefing(affect, None, "en") == "(What I notice: says they do not feel angry; says they feel sad.)"
    assert briefing(affect, None, "zh") == "（我注意到：说自己不生气；说自己难过。）"


def test_a_conflict_with_what_was_denied_is_told_without_naming_it() -> None:
    affect = felt(
        observed(Modality.AUDIO, Emotion.ANGRY, Cue(code="loud")),
        observed(Modality.TEXT, Emotion.ANGRY, DENIES_ANGRY),
        fused=scores(Emotion.ANGRY),
        conflicts=(Conflict(code="leakage", params={"audio": "angry", "denied": "angry"}),),
    )
    assert briefing(affect, None, "en") == (
        "(What I notice: says they do not feel angry; voice and words do not quite match; sounds loud.)"
    )
    assert briefing(affect, None, "zh") == "（我注意到：说自己不生气；语气和话语不太一致；声音很大。）"


def test_words_that_were_read_wrong_are_no_conflict_with_what_they_say() -> None:
    affect = felt(
        observed(Modality.VISION, Emotion.SAD),
        observed(Modality.TEXT, Emotion.HAPPY, STATES_SAD),
        fused=scores(Emotion.SAD),
        conflicts=(Conflict(code="masking", params={"vision": "sad", "text": "happy"}),),
    )
    assert briefing(affect, None, "en") == "(What I notice: says they feel sad.)"


@pytest.mark.parametrize(
    ("note", "english", "chinese"),
    [
        (MISREAD, "says they were misread: not angry but sad", "说之前读错了：不是生气，是难过"),
        (Cue(code="corrected_to", params={"emotion": "sad"}), "says that what they felt was sad", "说自己当时是难过"),
        (
            Cue(code="corrected_not", params={"read": "angry"}),
            "says they were misread: not angry",
            "说之前读错了：不是生气",
        ),
    ],
)
def test_a_correction_stands_above_what_the_senses_say(note: Cue, english: str, chinese: str) -> None:
    affect = felt(observed(Modality.VISION, Emotion.ANGRY), fused=scores(Emotion.ANGRY), notes=(note,))
    assert briefing(affect, moving("falling"), "en") == f"(What I notice: {english}.)"
    assert briefing(affect, moving("falling"), "zh") == f"（我注意到：{chinese}。）"


def test_what_is_said_now_takes_back_what_was_set_right_before() -> None:
    words = observed(Modality.TEXT, Emotion.ANGRY, Cue(code="states_emotion", params={"emotion": "angry"}))
    assert briefing(felt(words, fused=words.scores, notes=(MISREAD,)), None, "en") == (
        "(What I notice: says they feel angry.)"
    )


# mood


@pytest.mark.parametrize(
    ("mood", "english", "chinese"),
    [
        (moving("falling"), "mood has been sinking", "情绪越来越低落"),
        (moving("rising"), "mood has been lifting", "情绪在好转"),
        (moving("steady", volatility=VOLATILE), "feelings swing a lot", "情绪起伏很大"),
        (moving("falling", volatility=VOLATILE), "mood has been sinking", "情绪越来越低落"),
        (moving(last_shift=Emotion.ANGRY, turns_in_state=1), "seemed angry until now", "之前似乎生气"),
        (moving(turns_in_state=LASTING), "has seemed sad for a while", "这一阵似乎一直难过"),
        (moving(), "", ""),
        (moving("falling", sitting=SETTLED - 1), "", ""),
        (moving(last_shift=Emotion.ANGRY, turns_in_state=2), "", ""),
        (moving(last_shift=Emotion.NEUTRAL, turns_in_state=1), "", ""),
        (moving(state=Emotion.HAPPY, turns_in_state=9), "", ""),
    ],
)
def test_the_mood_is_told_where_it_adds_something(mood: Mood, english: str, chinese: str) -> None:
    assert briefing(None, mood, "en") == (f"(What I notice: {english}.)" if english else "")
    assert briefing(None, mood, "zh") == (f"（我注意到：{chinese}。）" if chinese else "")


def test_a_lasting_mood_is_not_told_where_the_turn_shows_it() -> None:
    words = observed(Modality.TEXT, Emotion.SAD)
    told = briefing(felt(words, fused=words.scores), moving(turns_in_state=LASTING), "en")
    assert told == "(What I notice: reads sad.)"


# what always holds


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_made_up_turns_are_told_shortly_and_without_numbers(lang: str) -> None:
    told = [said for case in CASES if (said := case.told(lang))]
    assert len(set(told)) == len(told) >= 20
    for said in told:
        assert at_most(said) <= MAX_TOKENS
        assert not NUMBERS_AND_ASSERTIONS.search(said)
        assert bool(HAN.search(said)) == (lang == "zh")


senses = st.builds(
    lambda modality, emotion, status, confidence, codes, own: observed(
        modality,
        emotion,
        *(Cue(code=code, params={"percent": 40, "count": 3}) for code in codes),
        *([Cue(code=own[0], params={"emotion": own[1].value})] if own and modality is Modality.TEXT else []),
        status=status,
        confidence=confidence,
    ),
    st.sampled_from(Modality),
    st.sampled_from(Emotion),
    st.sampled_from(Status),
    st.floats(0.2, 1.0),
    st.lists(st.sampled_from(CODES), max_size=6),
    st.none() | st.tuples(st.sampled_from(["states_emotion", "denies_emotion"]), st.sampled_from(Emotion)),
)
conflicts = st.builds(
    lambda code, one, other, pair: Conflict(code=code, params={pair[0]: one.value, pair[1]: other.value}),
    st.sampled_from(["masking", "leakage", "sarcasm", "mixed"]),
    st.sampled_from(Emotion),
    st.sampled_from(Emotion),
    st.sampled_from([("vision", "text"), ("audio", "text"), ("vision", "audio")]),
)
affects = st.builds(
    lambda seen, fused, found, sure: felt(
        *{o.modality: o for o in seen}.values(), fused=fused, conflicts=tuple(found), reliability=sure
    ),
    st.lists(senses, max_size=3),
    st.none() | st.builds(scores, st.sampled_from(Emotion), st.floats(0.2, 1.0)),
    st.lists(conflicts, max_size=3),
    st.floats(0.0, 1.0),
)
moods = st.builds(
    moving,
    st.sampled_from(["rising", "falling", "steady"]),
    volatility=st.floats(0.0, 1.0),
    last_shift=st.none() | st.sampled_from(Emotion),
    turns_in_state=st.integers(0, 9),
    state=st.sampled_from(Emotion),
)


@settings(deadline=None, max_examples=200)
@given(affects, st.none() | moods, st.sampled_from(["en", "zh"]))
def test_a_briefing_is_short_without_numbers_and_never_contradicts_the_person(
    affect: Affect, mood: Mood | None, lang: str
) -> None:
    said = briefing(affect, mood, lang)
    assert at_most(said) <= MAX_TOKENS
    assert not re.search(r"\d|[{}]", said)
    words = affect.observation(Modality.TEXT)
    own = {
        cue.code: Emotion(str(cue.params["emotion"]))
        for cue in (words.cues if words else ())
        if "emotion" in cue.params
    }
    if stated := own.get("states_emotion"):
        assert not any(name_emotion(emotion, lang) in said for emotion in Emotion if emotion is not stated)
    elif denied := own.get("denies_emotion"):
        assert said.count(name_emotion(denied, lang)) == 1


def test_tokens_are_counted_generously() -> None:
    assert at_most("") == 0
    assert at_most("reads sad") == 2
    assert at_most("disappointment") == 3
    assert at_most("40 %") == 3
    assert at_most("也许，难过。") == 6

"""Each conflict that docs/fusion.md names, produced; and what is none."""

from __future__ import annotations

import pytest

from perception import EMOTIONS, Conflict, Cue, Emotion, EmotionScores, Fluency, Modality, Observation, Status
from perception.fusion import Override, find_conflicts, fuse

pytestmark = pytest.mark.unit

V, A, T = Modality.VISION, Modality.AUDIO, Modality.TEXT


def says(modality: Modality, emotion: str, confidence: float = 0.8, *codes: str | Cue) -> Observation:
    rest = dict.fromkeys(EMOTIONS, (1 - confidence) / 6)
    return Observation(
        modality=modality,
        status=Status.OK,
        model="test",
        scores=EmotionScores.of({**rest, emotion: confidence}),
        quality=1.0,
        cues=tuple(code if isinstance(code, Cue) else Cue(code=code) for code in codes),
    )


def denies(emotion: str) -> Cue:
    return Cue(code="denies_emotion", params={"emotion": emotion})


def spoken(*codes: str) -> Fluency:
    return Fluency(words_per_minute=100.0, pause_ratio=0.2, fillers=0, cues=tuple(Cue(code=code) for code in codes))


def codes(*observations: Observation, fluency: Fluency | None = None) -> list[str]:
    return [conflict.code for conflict in find_conflicts(observations, fluency=fluency)]


class TestMasking:
    @pytest.mark.parametrize("negative", ["sad", "angry", "fear", "disgust"])
    @pytest.mark.parametrize(("happy", "other"), [(V, A), (V, T), (A, V), (A, T), (T, V)])
    def test_one_sense_happy_another_negative(self, happy: Modality, other: Modality, negative: str) -> None:
        assert find_conflicts([says(happy, "happy"), says(other, negative)]) == (
            Conflict(code="masking", params={happy.value: "happy", other.value: negative}),
        )

    @pytest.mark.parametrize("negative", ["sad", "fear"])
    def test_happy_words_in_a_sad_voice(self, negative: str) -> None:
        assert codes(says(T, "happy"), says(A, negative)) == ["masking"]

    def test_both_must_be_sure(self) -> None:
        assert codes(says(V, "happy", 0.49), says(T, "sad")) == []
        assert codes(says(V, "happy"), says(T, "sad", 0.49)) == []


class TestSarcasm:
    @pytest.mark.parametrize("scornful", ["angry", "disgust"])
    def test_happy_words_in_a_scornful_voice(self, scornful: str) -> None:
        assert find_conflicts([says(T, "happy"), says(A, scornful)]) == (
            Conflict(code="sarcasm", params={"audio": scornful, "text": "happy"}),
        )

    def test_happy_words_said_lower_and_slower(self) -> None:
        assert codes(says(T, "happy"), says(A, "neutral", 0.6, "pitch_below_usual", "slower_than_before")) == [
            "sarcasm"
        ]

    def test_a_mark_may_come_from_fluency(self) -> None:
        voice = says(A, "neutral", 0.6, "speaks_with_little_variation")
        assert codes(says(T, "happy"), voice) == []
        assert codes(says(T, "happy"), voice, fluency=spoken("speaks_slowly")) == ["sarcasm"]

    def test_one_way_of_being_slow_is_one_mark(self) -> None:
        voice = says(A, "neutral", 0.6, "slower_than_before")
        assert codes(says(T, "happy"), voice, fluency=spoken("speaks_slowly")) == []

    def test_a_real_smile_is_none(self) -> None:
        voice = says(A, "neutral", 0.6, "pitch_below_usual", "loud")
        assert codes(says(T, "happy"), voice, says(V, "happy")) == []
        assert codes(says(T, "happy"), says(A, "happy", 0.6, "pitch_below_usual", "loud")) == []

    def test_other_words_are_none(self) -> None:
        assert codes(says(T, "neutral"), says(A, "neutral", 0.6, "pitch_below_usual", "loud")) == []


class TestLeakage:
    @pytest.mark.parametrize("sense", [V, A])
    def test_neutral_words_and_a_negative_face_or_voice(self, sense: Modality) -> None:
        assert find_conflicts([says(sense, "sad"), says(T, "neutral")]) == (
            Conflict(code="leakage", params={sense.value: "sad", "text": "neutral"}),
        )

    def test_a_denial_of_what_shows(self) -> None:
        found = find_conflicts([says(V, "angry"), says(T, "happy", 0.4, denies("angry"))])
        assert found == (Conflict(code="leakage", params={"vision": "angry", "text": "happy", "denied": "angry"}),)

    def test_words_read_as_what_they_deny_are_not_told(self) -> None:
        found = find_conflicts([says(V, "sad"), says(T, "sad", 0.7, denies("sad"))])
        assert found == (Conflict(code="leakage", params={"vision": "sad", "denied": "sad"}),)

    def test_a_denial_of_something_else_is_none(self) -> None:
        assert codes(says(V, "sad"), says(T, "sad", 0.7, denies("angry"))) == []

    def test_strained_speech_makes_a_leaning_enough(self) -> None:
        senses = says(A, "fear", 0.4), says(T, "neutral")
        assert codes(*senses) == []
        assert codes(*senses, fluency=spoken("hesitant")) == ["leakage"]
        assert codes(*senses, fluency=spoken("long_pauses", "many_repairs")) == ["leakage"]
        assert codes(*senses, fluency=spoken("long_pauses")) == []
        assert codes(says(A, "fear", 0.3), says(T, "neutral"), fluency=spoken("hesitant")) == []

    def test_a_neutral_face_under_sad_words_is_none(self) -> None:
        assert codes(says(V, "neutral"), says(T, "sad")) == []

    def test_a_smile_over_neutral_words_is_none(self) -> None:
        assert codes(says(V, "happy"), says(T, "neutral")) == []


class TestMixed:
    def test_two_other_feelings(self) -> None:
        assert codes(says(V, "angry"), says(T, "fear")) == ["mixed"]
        assert codes(says(V, "happy"), says(A, "surprise")) == ["mixed"]

    def test_the_same_feeling_or_none(self) -> None:
        assert codes(says(V, "sad"), says(T, "sad")) == []
        assert codes(says(V, "neutral"), says(A, "sad")) == []


class TestAllOfThem:
    def test_the_most_particular_comes_first(self) -> None:
        assert codes(says(V, "sad"), says(A, "angry"), says(T, "happy")) == ["sarcasm", "masking", "mixed"]

    def test_only_senses_with_a_weight_take_part(self) -> None:
        smile, words = says(V, "happy"), says(T, "sad")
        assert fuse([smile, words], trust={T: 1.0}).conflicts == ()
        assert fuse([smile, words], trust={T: 1.0, V: 1.0}, ignored={V: "r1"}).conflicts == ()

    def test_an_ignored_sense_says_by_which_rule(self) -> None:
        affect = fuse([says(V, "happy"), says(T, "sad")], trust={T: 0.5, V: 0.5}, ignored={V: "dark_room"})
        assert [(s.weight, s.reason) for s in affect.shares] == [(0.0, "rule:dark_room"), (1.0, "weighted")]

    def test_a_declared_conflict_replaces_what_is_found_between_the_same_senses(self) -> None:
        declared = Conflict(code="mixed", params={"text": "sad", "vision": "happy"})
        affect = fuse(
            [says(V, "happy"), says(T, "sad"), says(A, "happy")],
            trust=dict.fromkeys(Modality, 0.5),
            added=[declared, declared],
        )
        assert affect.conflicts == (declared, Conflict(code="masking", params={"audio": "happy", "text": "sad"}))

    def test_a_correction_settles_what_was_found_and_keeps_what_was_declared(self) -> None:
        senses, trust = [says(V, "happy"), says(T, "sad")], dict.fromkeys(Modality, 0.5)
        put_right = Override(kind="correction", stated=(Emotion.HAPPY,))
        assert fuse(senses, trust=trust, override=put_right).conflicts == ()
        declared = Conflict(code="masking", params={"vision": "happy", "text": "sad"})
        assert fuse(senses, trust=trust, override=put_right, added=[declared]).conflicts == (declared,)

    def test_a_statement_leaves_the_conflict_standing(self) -> None:
        senses = [says(V, "sad"), says(T, "neutral", 0.7, denies("sad"))]
        affect = fuse(
            senses, trust=dict.fromkeys(Modality, 0.5), override=Override(kind="self_statement", denied=(Emotion.SAD,))
        )
        assert [conflict.code for conflict in affect.conflicts] == ["leakage"]
        assert affect.scores is not None
        assert affect.scores[Emotion.SAD] == 0.0

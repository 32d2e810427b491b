"""The perception-priority policy: which rule holds, what it changes, and the person's own word above all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.corrections import own_words, standing
from agent.policy import decide, policy_line, weigh
from memory import CorrectionRecord
from perception import EMOTIONS, Cue, Emotion, EmotionScores, Modality, Observation, Status
from perception.fusion import Override, fuse
from personas import Policy

pytestmark = pytest.mark.unit

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def seen(
    sense: str, top: str | None, *, sure: float = 0.8, quality: float = 1.0, status: str = "ok", cues: Any = ()
) -> Observation:
    scores = EmotionScores.of({e: sure if e == top else (1 - sure) / 6 for e in EMOTIONS}) if top else None
    return Observation(
        modality=Modality(sense),
        status=Status(status),
        model="m",
        scores=scores,
        quality=quality,
        cues=tuple(cues),
        captured_at=NOW,
    )


def policy(*rules: dict[str, Any], **more: Any) -> Policy:
    return Policy.model_validate({"rules": list(rules), **more})


def rule(condition: dict[str, Any], action: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"if": condition, "then": action or {"note": "held"}, **more}


def correction(read: Emotion | None, emotion: Emotion | None, minutes: int = 0) -> CorrectionRecord:
    at = NOW + timedelta(minutes=minutes)
    return CorrectionRecord(session_id="s", number=1, at=at, read=read, emotion=emotion, text="", shared=False)


@pytest.mark.parametrize(
    ("condition", "observation", "expected"),
    [
        ({"vision": "happy"}, seen("vision", "happy"), True),
        ({"vision": "happy"}, seen("vision", "sad"), False),
        ({"vision": ["sad", "happy"]}, seen("vision", "happy"), True),
        ({"vision": "happy"}, seen("text", "happy"), False),
        ({"vision": "happy"}, seen("vision", "happy", status="uncertain"), False),
        ({"vision": "happy", "vision_status": "uncertain"}, seen("vision", "happy", status="uncertain"), True),
        ({"vision_status": ["no_face", "timeout"]}, seen("vision", None, status="timeout"), True),
        ({"vision_status": "no_face"}, seen("vision", None, status="disabled"), False),
        ({"vision_quality_below": 0.5}, seen("vision", "sad", quality=0.49), True),
        ({"vision_quality_below": 0.5}, seen("vision", "sad", quality=0.5), False),
        ({"vision_quality_below": 0.5}, seen("vision", None, status="disabled", quality=0.0), False),
        ({"vision_quality_below": 0.5}, seen("vision", None, status="low_quality", quality=0.1), True),
        ({"vision_quality_above": 0.5}, seen("vision", "sad", quality=0.51), True),
        ({"vision_confidence_above": 0.6}, seen("vision", "sad", sure=0.7), True),
        ({"vision_confidence_above": 0.6}, seen("vision", "sad", sure=0.59), False),
        ({"vision_confidence_below": 0.6}, seen("vision", "sad", sure=0.5), True),
        ({"vision_confidence_below": 0.6}, seen("vision", None, status="no_face"), False),
    ],
)
def test_each_condition_holds_when_it_should(
    condition: dict[str, Any], observation: Observation, expected: bool
) -> None:
    assert bool(decide(policy(rule(condition)), [observation]).fired) is expected


def test_all_parts_of_a_condition_must_hold() -> None:
    both = policy(rule({"vision": "happy", "audio": "angry", "audio_quality_below": 0.5}, {"ignore": "audio"}))
    happy, angry = seen("vision", "happy"), seen("audio", "angry", quality=0.4)
    assert decide(both, [happy, angry]).ignored == {Modality.AUDIO: "1"}
    assert decide(both, [happy]).ignored == {}
    assert decide(both, [happy, seen("audio", "angry", quality=0.6)]).ignored == {}


def test_rules_apply_in_file_order_and_what_is_ignored_stays_so() -> None:
    rules = policy(
        rule({"vision": "happy"}, {"trust": {"vision": 0.2}}, id="first"),
        rule({"vision": "happy"}, {"trust": {"vision": 0.3, "text": 0.9}}, id="second"),
        rule({"text": "sad"}, {"ignore": ["vision"]}, id="third"),
        rule({"text": "sad"}, {"trust": {"vision": 1.0}}, id="fourth"),
        rule({"text": "happy"}, {"ignore": ["text"]}, id="never"),
    )
    decision = decide(rules, [seen("vision", "happy"), seen("text", "sad")])
    assert decision.trust[Modality.VISION] == 0.3
    assert decision.ignored == {Modality.VISION: "third"}
    assert policy_line(decision.fired) == (
        "first: trust vision 0.4 -> 0.2; second: trust vision 0.2 -> 0.3; second: trust text 0.6 -> 0.9; "
        "third: ignore vision 0.3 -> 0"
    )


def test_conflicts_and_notes_reach_the_affect_with_the_rule_that_wants_them() -> None:
    rules = policy(
        rule({"text": "happy", "vision": "sad", "vision_confidence_above": 0.6}, {"conflict": "masking"}),
        rule({"text": "happy"}, {"note": "smiles_anyway"}, id="smile"),
    )
    affect = weigh(rules, [seen("text", "happy"), seen("vision", "sad")])
    assert [c.as_dict() for c in affect.conflicts] == [
        {"code": "masking", "params": {"text": "happy", "vision": "sad"}}
    ] or affect.conflicts[0].params == {"vision": "sad", "text": "happy"}
    assert affect.notes == (Cue(code="smiles_anyway"),)
    assert [(f.rule, f.action, f.target) for f in affect.fired] == [
        ("1", "conflict", "masking"),
        ("smile", "note", "smiles_anyway"),
    ]
    ignoring = policy(rule({"vision": "sad"}, {"ignore": "vision"}, id="blind"))
    shares = {s.modality: s for s in weigh(ignoring, [seen("text", "happy"), seen("vision", "sad")]).shares}
    assert (shares[Modality.VISION].weight, shares[Modality.VISION].reason) == (0.0, "rule:blind")


def test_without_rules_the_policy_is_plain_fusion() -> None:
    observations = [seen("text", "sad"), seen("vision", "happy")]
    assert weigh(Policy(), observations) == fuse(observations, trust=Policy().weights)


STATES_SAD = Cue(code="states_emotion", params={"emotion": "sad"})
DENIES_ANGRY = Cue(code="denies_emotion", params={"emotion": "angry"})


def test_what_people_say_of_themselves_counts_for_more_than_any_sense() -> None:
    face = seen("vision", "happy", sure=0.95)
    affect = weigh(Policy(), [seen("text", "neutral", cues=[STATES_SAD]), face])
    assert affect.scores is not None
    assert affect.scores.top is Emotion.SAD
    assert affect.sensed is not Emotion.SAD
    assert (affect.fired[-1].rule, affect.fired[-1].after) == ("self_statement", "sad")
    denied = weigh(Policy(), [seen("text", "angry", cues=[DENIES_ANGRY])])
    assert denied.scores is not None
    assert denied.scores[Emotion.ANGRY] == 0


def test_a_correction_comes_before_a_self_statement() -> None:
    corrected, said = (
        Override(kind="correction", stated=(Emotion.FEAR,)),
        Override(kind="self_statement", stated=(Emotion.SAD,)),
    )
    decision = decide(Policy(), [seen("text", "sad")], correction=corrected, statement=said)
    assert decision.override is corrected
    assert decide(Policy(), [seen("text", "sad")], statement=said).override is said


def test_a_correction_holds_where_the_same_is_read_again_until_another_undoes_it() -> None:
    smile, wept = [seen("vision", "happy")], [seen("vision", "sad")]
    wrong = correction(Emotion.HAPPY, Emotion.SAD)
    again = weigh(Policy(), smile, corrections=[wrong])
    assert again.scores is not None
    assert again.scores.top is Emotion.SAD
    assert [(f.rule, f.before, f.after) for f in again.fired] == [("correction", "happy", "sad")]
    assert again.sensed is Emotion.HAPPY
    assert again.notes[0].code == "corrected"
    assert weigh(Policy(), wept, corrections=[wrong]).fired == ()
    undone = [wrong, correction(Emotion.HAPPY, Emotion.HAPPY)]
    assert standing(undone) is None
    assert weigh(Policy(), smile, corrections=undone) == weigh(Policy(), smile)


def test_one_turn_that_was_not_neutral_makes_no_other_one_sad() -> None:
    plain, wrong = [seen("text", "neutral")], correction(Emotion.NEUTRAL, Emotion.SAD, minutes=5)
    next_turn = weigh(Policy(), plain, corrections=[wrong], since=NOW)
    assert next_turn.notes[0].code == "corrected"
    assert next_turn.scores == weigh(Policy(), plain).scores
    assert weigh(Policy(), plain, corrections=[wrong], since=NOW + timedelta(minutes=6)) == weigh(Policy(), plain)


def test_newer_words_take_the_place_of_what_a_correction_stated() -> None:
    wrong = correction(Emotion.HAPPY, Emotion.SAD)
    angry = Cue(code="states_emotion", params={"emotion": "angry"})
    happy = Cue(code="states_emotion", params={"emotion": "happy"})
    for cue, expected in ((angry, Emotion.ANGRY), (happy, Emotion.HAPPY)):
        affect = weigh(Policy(), [seen("text", "happy", cues=[cue])], corrections=[wrong])
        assert affect.scores is not None
        assert affect.scores.top is expected


def test_newer_words_that_deny_what_a_correction_stated_take_it_back() -> None:
    denies = Cue(code="denies_emotion", params={"emotion": "sad"})
    wrong = correction(Emotion.HAPPY, Emotion.SAD)
    affect = weigh(Policy(), [seen("text", "happy", cues=[denies])], corrections=[wrong])
    assert affect.scores is not None
    assert affect.scores[Emotion.HAPPY] == affect.scores[Emotion.SAD] == 0
    assert [(note.code, note.params) for note in affect.notes] == [("corrected_not", {"read": "happy"})]


def test_a_correction_without_an_emotion_denies_what_was_read() -> None:
    affect = weigh(Policy(), [seen("text", "angry")], corrections=[correction(Emotion.ANGRY, None)])
    assert affect.scores is not None
    assert affect.scores[Emotion.ANGRY] == 0
    assert affect.notes[0].code == "corrected_not"


def test_a_correction_is_told_to_the_model_in_the_turn_after_it_whatever_is_felt() -> None:
    wrong = correction(Emotion.HAPPY, Emotion.SAD, minutes=5)
    calm = [seen("text", "neutral")]
    assert [n.code for n in weigh(Policy(), calm, corrections=[wrong], since=NOW).notes] == ["corrected"]
    assert weigh(Policy(), calm, corrections=[wrong], since=NOW + timedelta(minutes=6)).notes == ()


@given(
    st.lists(
        st.builds(
            seen,
            st.sampled_from(["vision", "audio", "text"]),
            st.sampled_from([*EMOTIONS]),
            sure=st.floats(0.2, 1.0),
            quality=st.floats(0.0, 1.0),
            cues=st.lists(st.sampled_from([STATES_SAD, DENIES_ANGRY]), max_size=2),
        ),
        unique_by=lambda o: o.modality,
        max_size=3,
    ),
    st.sampled_from([None, *EMOTIONS]),
    st.sampled_from([None, *EMOTIONS]),
)
def test_whatever_is_observed_the_result_is_a_distribution_and_order_does_not_matter(
    observations: list[Observation], read: Emotion | None, emotion: Emotion | None
) -> None:
    rules = policy(
        rule({"vision": "happy", "text": ["sad", "fear"]}, {"trust": {"vision": 0.1}, "conflict": "masking"}),
        rule({"audio_quality_below": 0.3}, {"ignore": "audio"}),
        rule({"text_confidence_below": 0.4}, {"trust": {"text": 0.0}}),
    )
    said = [correction(read, emotion)]
    results = [weigh(rules, order, corrections=said) for order in permutations(observations)]
    for affect in results:
        assert affect.scores is None or abs(sum(affect.scores.values) - 1) < 1e-6
        assert 0 <= affect.reliability <= 1
        assert affect.fired == results[0].fired
        if affect.scores is not None and results[0].scores is not None:
            assert affect.scores.values == pytest.approx(results[0].scores.values)
    assert (own_words(observations) is not None) == any(o.cues for o in observations)

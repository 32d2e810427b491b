"""Late fusion: a distribution, whatever the senses say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perception import EMOTIONS, Conflict, EmotionScores, Modality, Observation, Status
from perception.fusion import fuse

pytestmark = pytest.mark.unit

TRUST = {Modality.VISION: 0.4, Modality.AUDIO: 0.3, Modality.TEXT: 0.6}

weights = st.lists(st.floats(0.001, 1.0), min_size=len(EMOTIONS), max_size=len(EMOTIONS))


def seen(
    modality: Modality, scores: dict[str, float] | None, status: Status = Status.OK, q: float = 1.0
) -> Observation:
    return Observation(
        modality=modality,
        status=status,
        model="test",
        scores=EmotionScores.of(scores) if scores else None,
        quality=q,
    )


@st.composite
def observations(draw: st.DrawFn) -> tuple[Observation, ...]:
    return tuple(
        Observation(
            modality=modality,
            status=draw(st.sampled_from([Status.OK, Status.OK, Status.UNCERTAIN])),
            model="test",
            scores=EmotionScores.normalised(draw(weights)),
            quality=draw(st.floats(0.0, 1.0)),
        )
        for modality in draw(st.sets(st.sampled_from(list(Modality))))
    )


@given(observations())
def test_fusion_is_a_distribution_with_its_evidence(given_observations: tuple[Observation, ...]) -> None:
    affect = fuse(given_observations, trust=TRUST)
    assert affect.observations == given_observations
    assert len(affect.shares) == len(given_observations)
    assert 0.0 <= affect.reliability <= 1.0
    total = sum(share.weight for share in affect.shares)
    assert total == pytest.approx(1.0 if affect.scores else 0.0)


@given(observations())
def test_the_order_of_the_senses_changes_nothing(given_observations: tuple[Observation, ...]) -> None:
    one, other = fuse(given_observations, trust=TRUST), fuse(given_observations[::-1], trust=TRUST)
    assert (one.scores is None) == (other.scores is None)
    if one.scores and other.scores:
        assert one.scores.values == pytest.approx(other.scores.values)


def test_weights_are_trust_times_quality_times_confidence() -> None:
    affect = fuse(
        (seen(Modality.VISION, {"happy": 0.5, "sad": 0.5}, q=0.5), seen(Modality.TEXT, {"sad": 1.0})), trust=TRUST
    )
    vision, text = 0.4 * 0.5 * 0.5, 0.6 * 1.0 * 1.0
    assert [share.weight for share in affect.shares] == pytest.approx(
        [vision / (vision + text), text / (vision + text)]
    )
    assert affect.scores is not None
    assert affect.scores.top == "sad"


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
def test_only_ok_counts_and_the_share_says_why(status: Status) -> None:
    affect = fuse((seen(Modality.VISION, {"happy": 1}, status), seen(Modality.TEXT, {"sad": 1})), trust=TRUST)
    assert (affect.shares[0].weight, affect.shares[0].reason) == (0.0, status.value)
    assert affect.scores is not None
    assert affect.scores["sad"] == 1.0  # type: ignore[index]


def test_nobody_could_tell() -> None:
    affect = fuse((seen(Modality.VISION, None, Status.NO_FACE),), trust=TRUST)
    assert affect.scores is None
    assert affect.reliability == 0.0
    assert fuse((), trust=TRUST).scores is None


def test_a_smile_over_sad_words_is_masking_and_lowers_reliability() -> None:
    smile, words = seen(Modality.VISION, {"happy": 1}), seen(Modality.TEXT, {"sad": 1})
    affect = fuse((smile, words), trust=TRUST)
    assert affect.conflicts == (Conflict(code="masking", params={"vision": "happy", "text": "sad"}),)
    agreed = fuse((seen(Modality.VISION, {"sad": 1}), words), trust=TRUST)
    assert agreed.conflicts == ()
    assert affect.reliability < agreed.reliability


@given(st.floats(0.8, 1.0), st.floats(0.8, 1.0), st.sampled_from(["neutral", "surprise"]))
def test_what_neither_sense_says_is_not_the_outcome_of_open_disagreement(
    smiles: float, grieves: float, rest: str
) -> None:
    smile = seen(Modality.VISION, {"happy": smiles, rest: 1 - smiles})
    words = seen(Modality.TEXT, {"sad": grieves, rest: 1 - grieves})
    affect = fuse((smile, words), trust=TRUST)
    assert affect.scores is not None
    assert affect.scores.top in {"happy", "sad"}
    assert affect.reliability > 0.25


def test_what_senses_agree_on_is_surer_than_their_mean_and_one_alone_is_as_it_is() -> None:
    smile = seen(Modality.VISION, {"happy": 0.5, "neutral": 0.5})
    voice = seen(Modality.AUDIO, {"happy": 0.5, "surprise": 0.5})
    both, mean = (fuse((smile, voice), trust=TRUST, pooling=pooling).scores for pooling in ("log", "linear"))
    assert both is not None
    assert mean is not None
    assert both["happy"] > mean["happy"] == pytest.approx(0.5)  # type: ignore[index]
    assert fuse((smile,), trust=TRUST).scores == smile.scores


def test_two_other_feelings_are_mixed_and_neutral_is_no_conflict() -> None:
    angry, afraid = seen(Modality.VISION, {"angry": 1}), seen(Modality.TEXT, {"fear": 1})
    assert [c.code for c in fuse((angry, afraid), trust=TRUST).conflicts] == ["mixed"]
    assert fuse((seen(Modality.VISION, {"neutral": 1}), afraid), trust=TRUST).conflicts == ()


def test_a_sense_nobody_trusts_says_so() -> None:
    affect = fuse((seen(Modality.VISION, {"happy": 1}),), trust={Modality.VISION: 0.0})
    assert affect.shares[0].reason == "not_trusted"
    assert affect.scores is None


def test_evidence_without_quality_says_so() -> None:
    affect = fuse((seen(Modality.VISION, {"happy": 1}, q=0.0), seen(Modality.TEXT, {"sad": 1})), trust=TRUST)
    assert [(share.weight, share.reason) for share in affect.shares] == [(0.0, "no_quality"), (1.0, "weighted")]

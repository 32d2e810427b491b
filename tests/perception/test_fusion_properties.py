"""What holds of fusion whatever the senses say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perception import EMOTIONS, Affect, Cue, Emotion, EmotionScores, Fluency, Modality, Observation, Status
from perception.fusion import Override, Pooling, fuse

pytestmark = pytest.mark.unit

poolings: st.SearchStrategy[Pooling] = st.sampled_from(("linear", "log"))
probabilities = st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda values: sum(values) > 0.01)
trusts = st.fixed_dictionaries({modality: st.floats(0.0, 1.0) for modality in Modality})
emotions = st.lists(st.sampled_from(EMOTIONS), max_size=3, unique=True)
cues = st.lists(
    st.sampled_from(
        [
            Cue(code="denies_emotion", params={"emotion": "sad"}),
            Cue(code="pitch_below_usual", params={"percent": 20}),
            Cue(code="speaks_slowly", params={"words_per_minute": 90}),
            Cue(code="loud"),
        ]
    ),
    max_size=3,
)


@st.composite
def heard(draw: st.DrawFn, *, least: int = 0) -> tuple[Observation, ...]:
    return tuple(
        Observation(
            modality=modality,
            status=draw(st.sampled_from([Status.OK, Status.OK, Status.OK, Status.UNCERTAIN])),
            model="test",
            scores=EmotionScores.normalised(draw(probabilities)),
            quality=draw(st.floats(0.0, 1.0)),
            cues=tuple(draw(cues)),
        )
        for modality in sorted(draw(st.sets(st.sampled_from(list(Modality)), min_size=least)))
    )


@st.composite
def overrides(draw: st.DrawFn) -> Override | None:
    stated, denied = draw(emotions), draw(emotions)
    if not (stated or denied):
        return None
    kind = draw(st.sampled_from(("correction", "self_statement")))
    return Override(kind=kind, stated=tuple(stated), denied=tuple(denied))


def same(one: Affect, other: Affect) -> bool:
    """Alike in all but the order of the senses."""
    if (one.scores is None) != (other.scores is None):
        return False
    if one.scores and other.scores and one.scores.values != pytest.approx(other.scores.values, abs=1e-9):
        return False
    weights = [{s.modality: (pytest.approx(s.weight, abs=1e-9), s.reason) for s in a.shares} for a in (one, other)]
    return (
        weights[0] == weights[1]
        and one.conflicts == other.conflicts
        and one.reliability == pytest.approx(other.reliability, abs=1e-9)
    )


@given(heard(), trusts, poolings, overrides())
def test_fusion_is_a_distribution(
    senses: tuple[Observation, ...], trust: dict[Modality, float], pooling: Pooling, override: Override | None
) -> None:
    affect = fuse(senses, trust=trust, pooling=pooling, override=override)
    assert affect.observations == senses
    assert [share.modality for share in affect.shares] == [o.modality for o in senses]
    assert all(0.0 <= share.weight <= 1.0 + 1e-9 for share in affect.shares)
    assert 0.0 <= affect.reliability <= 1.0
    if affect.scores is None:
        assert affect.reliability == 0.0
    else:
        assert sum(affect.scores.values) == pytest.approx(1.0)
        assert min(affect.scores.values) >= 0.0


@given(st.data(), heard(least=1), trusts, poolings, overrides())
def test_permuting_the_senses_changes_nothing(
    data: st.DataObject,
    senses: tuple[Observation, ...],
    trust: dict[Modality, float],
    pooling: Pooling,
    override: Override | None,
) -> None:
    permuted = data.draw(st.permutations(senses))
    one = fuse(senses, trust=trust, pooling=pooling, override=override)
    assert same(one, fuse(permuted, trust=trust, pooling=pooling, override=override))


@given(heard(least=1), trusts, poolings, st.sampled_from(list(Modality)))
def test_a_missing_sense_is_one_of_weight_0(
    senses: tuple[Observation, ...], trust: dict[Modality, float], pooling: Pooling, sense: Modality
) -> None:
    without = fuse([o for o in senses if o.modality is not sense], trust=trust, pooling=pooling)
    silenced = (
        fuse(senses, trust={**trust, sense: 0.0}, pooling=pooling),
        fuse(senses, trust={m: t for m, t in trust.items() if m is not sense}, pooling=pooling),
        fuse(senses, trust=trust, pooling=pooling, ignored={sense: "quiet"}),
        fuse([replace(o, quality=0.0) if o.modality is sense else o for o in senses], trust=trust, pooling=pooling),
    )
    for affect in silenced:
        rest = [share for share in affect.shares if share.modality is not sense]
        assert same(replace(affect, shares=tuple(rest)), without)
        assert all(share.weight == 0.0 for share in affect.shares if share.modality is sense)


@given(heard(least=1), trusts, poolings, st.floats(0.0, 1.0))
def test_raising_the_quality_of_a_sense_never_lowers_its_weight(
    senses: tuple[Observation, ...], trust: dict[Modality, float], pooling: Pooling, raised: float
) -> None:
    first = senses[0]
    assume(raised >= first.quality)
    before = fuse(senses, trust=trust, pooling=pooling).shares[0].weight
    after = fuse((replace(first, quality=raised), *senses[1:]), trust=trust, pooling=pooling).shares[0].weight
    assert after >= before - 1e-12


@given(heard(), trusts, overrides())
def test_what_a_person_says_counts_for_more_than_any_sense(
    senses: tuple[Observation, ...], trust: dict[Modality, float], override: Override | None
) -> None:
    assume(override is not None)
    assert override is not None
    scores = fuse(senses, trust=trust, override=override).scores
    if override.stated:
        assert scores is not None
        assert scores.top in override.stated
    elif scores is not None:
        assert all(scores[emotion] == 0.0 for emotion in override.denied)


@given(heard(), trusts)
def test_fluency_alone_changes_no_scores(senses: tuple[Observation, ...], trust: dict[Modality, float]) -> None:
    hesitant = Fluency(words_per_minute=60.0, pause_ratio=0.5, fillers=4, cues=(Cue(code="hesitant"),))
    assert fuse(senses, trust=trust).scores == fuse(senses, trust=trust, fluency=hesitant).scores


@given(heard())
def test_an_affect_survives_being_stored(senses: tuple[Observation, ...]) -> None:
    affect = fuse(senses, trust=dict.fromkeys(Modality, 0.5))
    again = Affect.from_dict(affect.as_dict(), affect.observations)
    assert [s.reason for s in again.shares] == [s.reason for s in affect.shares]
    assert again.conflicts == affect.conflicts
    assert (again.scores is None) == (affect.scores is None)


def test_an_override_needs_something_said() -> None:
    with pytest.raises(ValueError, match="neither"):
        Override(kind="correction")
    with pytest.raises(ValueError, match="needs an emotion"):
        Override(kind="self_statement", stated=(), denied=())


def test_all_seven_denied_leaves_nothing() -> None:
    sense = Observation(
        modality=Modality.TEXT, status=Status.OK, model="t", scores=EmotionScores.of({"sad": 1}), quality=1.0
    )
    affect = fuse([sense], trust={Modality.TEXT: 1.0}, override=Override(kind="correction", denied=tuple(Emotion)))
    assert affect.scores is None
    assert affect.reliability == 0.0

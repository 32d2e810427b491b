"""The licence of weights follows from their data, and the weights policy decides which data that is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from perception.training.cards import (
    RESEARCH,
    Source,
    allows_commerce,
    require_commercial,
    select_sources,
    weights_licence,
)
from perception.training.errors import LicenceForbids, TrainingError

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Set:
    """The least that has a licence."""

    name: str
    licence: str
    commercial: bool


GOEMOTIONS = Set("GoEmotions", "Apache-2.0 / CC-BY-4.0", True)
CREMAD = Set("CREMA-D", "ODbL-1.0", True)
OURS = Set("Ours", "CC0-1.0", True)
ALIKE = Set("Wiki", "CC-BY-SA-4.0", True)
COPYLEFT = Set("MELD", "GPL-3.0-only", True)
RAVDESS = Set("RAVDESS", "CC BY-NC-SA 4.0", False)
EMODB = Set("EmoDB", "free use, cite Burkhardt et al. 2005", False)
TESS = Set("TESS", "CC-BY-NC-ND-4.0", False)


@pytest.mark.parametrize(
    ("sources", "licence"),
    [
        ([OURS], "CC-BY-4.0"),
        ([GOEMOTIONS, CREMAD, OURS], "CC-BY-4.0"),
        ([GOEMOTIONS, ALIKE], "CC-BY-SA-4.0"),
        ([Set("Wiki", "CC BY-SA 4.0", True), ALIKE], "CC-BY-SA-4.0"),
        ([COPYLEFT, GOEMOTIONS], "GPL-3.0-only"),
        ([COPYLEFT, ALIKE], "GPL-3.0-only"),
        ([Set("Theirs", "share-alike, our own terms", True)], "share-alike, our own terms"),
        ([GOEMOTIONS, EMODB], RESEARCH),
        ([RAVDESS], RESEARCH),
        ([COPYLEFT, RAVDESS], RESEARCH),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(each.name for each in value),
)
def test_the_strictest_set_decides(sources: list[Set], licence: str) -> None:
    found = weights_licence(sources)
    assert found.licence == licence
    assert found.commercial == (licence != RESEARCH)


def test_why_names_the_sets_that_decide_and_those_that_ask_for_share_alike() -> None:
    why = weights_licence([GOEMOTIONS, EMODB, RAVDESS, Set("nEMO", RAVDESS.licence, False)]).why
    assert why == (
        "Commercial use is not allowed by EmoDB (free use, cite Burkhardt et al. 2005); "
        "RAVDESS, nEMO (CC BY-NC-SA 4.0). Share-alike is asked for by RAVDESS, nEMO (CC BY-NC-SA 4.0)."
    )
    assert "with attribution, by GoEmotions (Apache-2.0 / CC-BY-4.0)." in weights_licence([GOEMOTIONS]).why


@pytest.mark.parametrize("licence", ["CC-BY-NC-ND-4.0", "CC BY-ND 4.0", "free, no derivatives", "NoDerivs 3.0"])
def test_what_forbids_derivatives_makes_no_weights_that_can_be_shared(licence: str) -> None:
    with pytest.raises(LicenceForbids, match=r"forbidden by TESS \(.*\): .* may not be shared; leave it out"):
        weights_licence([GOEMOTIONS, Set("TESS", licence, "NC" not in licence)])


def test_share_alike_sets_that_no_licence_satisfies_are_refused() -> None:
    old = Set("Old", "CC-BY-SA-3.0", True)
    with pytest.raises(LicenceForbids, match=r"satisfies all of Old \(CC-BY-SA-3\.0\); MELD \(GPL-3\.0-only\)"):
        weights_licence([old, GOEMOTIONS, COPYLEFT])


def test_weights_of_no_data_have_no_licence() -> None:
    with pytest.raises(TrainingError, match="no data set is named"):
        weights_licence([])


@pytest.mark.parametrize(
    "licence",
    ["CC-BY-NC-4.0", "CC BY-NC-SA 4.0", "non-commercial", "Noncommercial use", "research only, on request"],
)
def test_a_flag_does_not_outweigh_the_words_of_a_licence(licence: str) -> None:
    assert not allows_commerce(Set("Wrong", licence, True))
    assert weights_licence([Set("Wrong", licence, True)]).licence == RESEARCH


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0", "CC-BY-4.0", "2nd edition, free", "NCSA"])
def test_harmless_words_are_not_taken_for_a_ban(licence: str) -> None:
    assert weights_licence([Set("Fine", licence, True)]).licence == "CC-BY-4.0"


def test_a_commercial_policy_leaves_out_what_forbids_it() -> None:
    every = (RAVDESS, GOEMOTIONS, TESS, CREMAD)
    assert select_sources(every, "any") == (every, ())
    assert select_sources(every, "commercial") == ((GOEMOTIONS, CREMAD), (RAVDESS, TESS))
    assert select_sources((), "commercial") == ((), ())


def test_sources_of_a_card_are_chosen_like_any_other() -> None:
    source = Source(name="SAVEE", licence="research only, on request", commercial=False, rows=480)
    assert select_sources([source], "commercial") == ((), (source,))


def test_requiring_commercial_data_names_what_forbids_it() -> None:
    require_commercial([GOEMOTIONS, CREMAD])
    require_commercial([])
    with pytest.raises(
        LicenceForbids, match=r"not allowed by RAVDESS .*; EmoDB .*; leave these out, or set the policy"
    ):
        require_commercial([GOEMOTIONS, RAVDESS, EMODB])

"""Handoff rules: k of n, dwell, the way back, offers; and that one turn never changes who answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.policy import weigh
from agent.routing import OPEN, QUIET, QUIET_DECLINED, REASONS, Step, Verdict, consider, is_open, with_offer
from memory import OfferRecord
from perception import EMOTIONS, Affect, EmotionScores, Modality, Observation, Status
from personas import DWELL, Persona, PersonaBook

pytestmark = pytest.mark.unit

BOOK = PersonaBook.load()

TEXTS = {"title": {"en": "T"}, "prompt": {"en": "p"}}
SAD = {"fused": ["sad", "fear"], "at_least": 0.6, "turns": 2, "of": 3}
LIGHT = {"fused": ["happy"], "at_least": 0.6, "turns": 2, "of": 3}


def persona(name: str, *rules: dict[str, Any], routing: str = "auto") -> Persona:
    return Persona.model_validate({"name": name, **TEXTS, "handoff": list(rules), "routing": routing})


def cast(routing: str = "auto") -> dict[str, Persona]:
    return {
        "chat": persona("chat", {"to": "counseling", "when": SAD}, routing=routing),
        "counseling": persona("counseling", {"to": "chat", "when": LIGHT}, routing=routing),
    }


def felt(reliability: float = 0.9, **scores: float) -> Affect:
    rest = max(0.0, 1 - sum(scores.values()))
    return Affect(
        scores=EmotionScores.of({**scores, "neutral": scores.get("neutral", 0.0) + rest}),
        shares=(),
        conflicts=(),
        reliability=reliability,
        observations=(),
    )


LOW, CALM, GLAD = felt(sad=0.8), felt(neutral=1.0), felt(happy=0.9)


def verdict(
    affects: Sequence[Affect | None],
    *,
    before: Sequence[str] = (),
    who: str = "chat",
    routing: str = "auto",
    offers: Sequence[OfferRecord] = (),
) -> Verdict:
    """Of the last of some turns that one persona answered, after turns that others did."""
    people = cast(routing)
    steps = [*(Step(persona=name, affect=CALM) for name in before), *(Step(persona=who, affect=a) for a in affects)]
    return consider(people[who], steps, find=people.get, offers=offers, number=len(steps))


@pytest.mark.parametrize(
    ("affects", "act", "reason"),
    [
        ([LOW], "stay", "not_yet: counseling 1 of 2/3"),
        ([LOW, LOW], "switch", "handoff: counseling 2 of 2/3"),
        ([LOW, CALM, LOW], "switch", "handoff: counseling 2 of 2/3"),
        ([LOW, CALM, CALM, LOW], "stay", "not_yet: counseling 1 of 2/3"),
        ([LOW, LOW, CALM], "stay", "no_rule_holds"),
        ([LOW, None, LOW], "switch", "handoff: counseling 2 of 2/3"),
        ([LOW, felt(sad=0.8, reliability=0.1)], "stay", "no_rule_holds"),
        ([felt(sad=0.35, fear=0.3), felt(sad=0.3, fear=0.31)], "switch", "handoff: counseling 2 of 2/3"),
        ([felt(sad=0.59), felt(sad=0.59)], "stay", "no_rule_holds"),
        ([None, None], "stay", "no_rule_holds"),
    ],
)
def test_a_rule_needs_k_of_the_last_n_turns(affects: list[Affect | None], act: str, reason: str) -> None:
    said = verdict(affects)
    assert (said.act, said.reason) == (act, reason)


def test_fixed_personas_and_those_without_rules_stay() -> None:
    alone = persona("alone")
    steps = [Step(persona="alone", affect=LOW)] * 3
    assert consider(alone, steps, find=cast().get, number=3).reason == "no_rules"
    fixed = cast()["chat"].model_copy(update={"routing": "fixed"})
    assert consider(fixed, steps, find=cast().get, number=3).reason == "fixed"
    # a rule that leads to nobody
    assert consider(cast()["chat"], [Step(persona="chat", affect=LOW)] * 3, find=lambda _: None, number=3).act == "stay"


def test_a_persona_that_took_over_stays_for_its_dwell() -> None:
    for turns in range(1, DWELL + 1):
        assert verdict([LOW] * turns, before=["debate"] * 3).act == "stay", turns
    assert verdict([LOW] * (DWELL + 1), before=["debate"] * 3).act == "switch"


def test_what_was_felt_before_the_change_does_not_count_after_it() -> None:
    people = cast()
    steps = [Step(persona="debate", affect=LOW)] * 3 + [Step(persona="chat", affect=CALM)] * 5
    assert consider(people["chat"], [*steps, Step(persona="chat", affect=LOW)], find=people.get, number=9).act == "stay"


def test_the_way_back_is_asked_about_and_needs_the_feeling_to_have_sunk() -> None:
    back = verdict([GLAD] * 6, before=["chat"] * 3, who="counseling")
    assert (back.act, back.reason) == ("offer", "return: chat 3 of 2/3")
    torn = felt(happy=0.6, sad=0.4)
    assert verdict([torn] * 6, before=["chat"] * 3, who="counseling").act == "offer"
    more = felt(happy=0.59, sad=0.41)
    assert verdict([more] * 6, before=["chat"] * 3, who="counseling").act == "stay"


def offer(number: int, answer: Any = None, persona: str = "counseling") -> OfferRecord:
    return OfferRecord(offer=f"o{number}", persona=persona, number=number, answer=answer)


def test_an_offer_lapses_and_is_not_made_again_at_once() -> None:
    acts = {n: verdict([LOW] * n, routing="suggest", offers=[offer(2)]) for n in range(3, 2 + QUIET + 1)}
    assert [acts[n].reason for n in (3, 4)] == ["offer_open"] * 2
    assert acts[2 + OPEN + 1].reason == "asked_lately: counseling"
    assert {acts[n].act for n in range(3, 2 + QUIET)} == {"stay"}
    assert acts[2 + QUIET].act == "offer"
    declined = [offer(2, "declined")]
    assert verdict([LOW] * (2 + QUIET), routing="suggest", offers=declined).reason == "declined_lately: counseling"
    assert verdict([LOW] * (2 + QUIET_DECLINED), routing="suggest", offers=declined).act == "offer"
    assert is_open(offer(2), 2 + OPEN)
    assert not is_open(offer(2), 2 + OPEN + 1)
    assert not is_open(offer(2, "declined"), 3)
    assert with_offer([offer(2), offer(1, persona="debate")], offer(9)) == (
        offer(2),
        offer(1, persona="debate"),
        offer(9),
    )
    assert with_offer([offer(2, "accepted")], offer(9)) == (offer(9),)


def test_who_says_nothing_to_offers_is_asked_less_often() -> None:
    offers, made = tuple[OfferRecord, ...](), list[int]()
    for number in range(1, 61):
        if verdict([LOW] * number, routing="suggest", offers=offers).act == "offer":
            made.append(number)
            offers = with_offer(offers, offer(number))
    gaps = [later - earlier for earlier, later in pairwise(made)]
    assert gaps == [QUIET, QUIET_DECLINED, QUIET_DECLINED]
    assert len(offers) == 2


affects = st.builds(
    lambda weights, reliability: Affect(
        scores=EmotionScores.normalised([w + 1e-6 for w in weights]),
        shares=(),
        conflicts=(),
        reliability=reliability,
        observations=(),
    ),
    st.lists(st.floats(0, 1), min_size=len(EMOTIONS), max_size=len(EMOTIONS)),
    st.floats(0, 1),
)
maybe = st.one_of(st.none(), affects)
routings = st.sampled_from(["suggest", "auto"])


@st.composite
def rules(draw: st.DrawFn, to: str) -> dict[str, Any]:
    of = draw(st.integers(2, 6))
    return {
        "to": to,
        "when": {
            "fused": draw(st.lists(st.sampled_from([*EMOTIONS]), min_size=1, max_size=3, unique=True)),
            "at_least": draw(st.floats(0.05, 1.0)),
            "turns": draw(st.integers(2, of)),
            "of": of,
        },
        "dwell": draw(st.integers(2, 6)),
    }


def walk(people: dict[str, Persona], felt_in: Sequence[Affect | None], accepts: Sequence[bool]) -> list[str]:
    """Who answered each turn, when the person takes offers as told, in the turn after."""
    steps: list[Step] = []
    here, offers = "a", tuple[OfferRecord, ...]()
    for number, affect in enumerate(felt_in, 1):
        said = consider(
            people[here],
            [*steps[-20:], Step(persona=here, affect=affect)],
            find=people.get,
            offers=offers,
            number=number,
        )
        assert said.reason.partition(":")[0] in REASONS
        if said.act == "switch" and said.rule:
            here = said.rule.to
        steps.append(Step(persona=here, affect=affect))
        if said.act == "offer" and said.rule:
            yes = accepts[number - 1]
            made = offer(number, "accepted" if yes else "declined", said.rule.to)
            offers = with_offer(offers, made)
            here = said.rule.to if yes else here
    return [step.persona for step in steps]


@given(st.data(), routings)
def test_one_arbitrary_observation_never_changes_the_route(data: st.DataObject, routing: str) -> None:
    people = {
        "a": persona("a", data.draw(rules("b")), data.draw(rules("c")), routing=routing),
        "b": persona("b", data.draw(rules("a")), routing=routing),
        "c": persona("c", data.draw(rules("a")), routing=routing),
    }
    quiet = data.draw(st.lists(maybe.filter(lambda affect: _speaks_for_none(people, affect)), min_size=1, max_size=20))
    place = data.draw(st.integers(0, len(quiet) - 1))
    struck = [data.draw(affects) if n == place else affect for n, affect in enumerate(quiet)]
    for route in (walk(people, quiet, [True] * len(quiet)), walk(people, struck, [True] * len(quiet))):
        assert set(route) == {"a"}


def _speaks_for_none(people: dict[str, Persona], affect: Affect | None) -> bool:
    """A turn that counts for no handoff, whatever it shows."""
    alone = consider(people["a"], [Step(persona="a", affect=affect)], find=people.get, number=1)
    return alone.reason == "no_rule_holds"


senses = st.builds(
    lambda sense, status, weights, quality: Observation(
        modality=sense,
        status=status,
        model="m",
        scores=EmotionScores.normalised([w + 1e-6 for w in weights]),
        quality=quality,
    ),
    st.sampled_from([*Modality]),
    st.sampled_from([Status.OK, Status.UNCERTAIN, Status.LOW_QUALITY]),
    st.lists(st.floats(0, 1), min_size=len(EMOTIONS), max_size=len(EMOTIONS)),
    st.floats(0, 1),
)


@given(senses, st.integers(0, 11), st.sampled_from(["chat", "counseling", "debate", "interview"]), routings)
def test_nor_does_it_in_the_personas_that_ship(struck: Observation, place: int, who: str, routing: str) -> None:
    book = {name: BOOK.get(name).model_copy(update={"routing": routing}) for name in BOOK.names}
    calm = {
        sense: Observation(modality=sense, status=Status.OK, model="m", scores=CALM.scores, quality=1.0)
        for sense in Modality
    }
    steps: list[Step] = []
    for turn in range(12):
        seen = {**calm, struck.modality: struck} if turn == place else calm
        steps.append(Step(persona=who, affect=weigh(book[who].perception, [*seen.values()])))
        assert consider(book[who], steps, find=book.get, number=turn + 1).act == "stay"


@given(st.data(), routings, st.lists(maybe, min_size=1, max_size=60))
def test_no_cycle_is_shorter_than_the_dwell(data: st.DataObject, routing: str, felt_in: list[Affect | None]) -> None:
    people = {
        "a": persona("a", data.draw(rules("b")), routing=routing),
        "b": persona("b", data.draw(rules("c")), data.draw(rules("a")), routing=routing),
        "c": persona("c", data.draw(rules("a")), routing=routing),
    }
    accepts = data.draw(st.lists(st.booleans(), min_size=len(felt_in), max_size=len(felt_in)))
    route = walk(people, felt_in, accepts)
    changes = [n for n in range(1, len(route)) if route[n] != route[n - 1]]
    for begins, ends in pairwise(changes):
        assert ends - begins >= min(rule.dwell for rule in people[route[begins]].handoff)


def test_even_when_every_turn_speaks_for_it_nobody_is_sent_to_and_fro() -> None:
    people = {
        "a": persona("a", {"to": "b", "when": {"fused": "sad", "at_least": 0.4}}),
        "b": persona("b", {"to": "a", "when": {"fused": "happy", "at_least": 0.4}}),
    }
    swinging = [felt(sad=0.9) if n // 3 % 2 else felt(happy=0.9) for n in range(60)]
    route = walk(people, swinging, [False] * 60)
    changes = [n for n in range(1, 60) if route[n] != route[n - 1]]
    assert changes
    assert all(ends - begins >= 20 for begins, ends in pairwise(changes))

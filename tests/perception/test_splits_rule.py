"""The committed rule: what it says of known groups never changes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perception.training.splits import PARTS, SplitRule, grouped_folds

pytestmark = pytest.mark.unit

SPEAKERS = [f"speaker {i}" for i in range(20)]
names = st.text(min_size=1, max_size=8)
KNOWN = {
    "ravdess/Actor_01": "train",
    "ravdess/Actor_02": "train",
    "meld/train/0": "train",
    "goemotions/eebbqej": "train",
    "meld/train/17": "dev",
    "group 6": "test",
    "group 7": "test",
    "中文/对话一": "train",
}


def test_the_committed_assignments_stay() -> None:
    # changing these moves rows of every corpus between parts: figures of before could not be compared
    rule = SplitRule()
    assert {group: rule.assign(group) for group in KNOWN} == KNOWN


def test_shares_are_about_what_was_asked() -> None:
    parts = Counter(SplitRule(dev=0.2, test=0.1).assign(f"group {i}") for i in range(10_000))
    assert parts["dev"] == pytest.approx(2_000, abs=150)
    assert parts["test"] == pytest.approx(1_000, abs=120)


def test_another_salt_is_another_split() -> None:
    groups = [f"group {i}" for i in range(200)]
    assert SplitRule().parts(groups) != SplitRule(salt="other").parts(groups)


@given(st.sets(names, max_size=20), st.sets(names, max_size=20))
def test_a_group_stays_where_it_is_whatever_else_comes(some: set[str], more: set[str]) -> None:
    few, many = SplitRule().parts(some), SplitRule().parts(some | more)
    assert few == {group: many[group] for group in some}


def test_a_part_that_is_not_cut_trains() -> None:
    groups = [f"group {i}" for i in range(500)]
    whole, dev_only = SplitRule().parts(groups), SplitRule().parts(groups, cut=["dev"])
    assert set(dev_only.values()) == {"train", "dev"}
    assert all(dev_only[g] == ("train" if whole[g] == "test" else whole[g]) for g in groups)


@pytest.mark.parametrize(("dev", "test"), [(-0.1, 0.1), (0.1, -0.1), (0.5, 0.5), (1.0, 0.0), (float("nan"), 0.1)])
def test_shares_that_leave_nothing_to_train_on_are_refused(dev: float, test: float) -> None:
    with pytest.raises(ValueError, match="shares that leave some"):
        SplitRule(dev=dev, test=test)


@given(st.sets(names, min_size=3, max_size=40), st.floats(0.01, 0.49), st.floats(0.01, 0.49))
def test_with_a_quota_each_part_has_a_group(groups: set[str], dev: float, test: float) -> None:
    assert set(SplitRule(dev=dev, test=test, quota=True).parts(groups).values()) == set(PARTS)


def test_a_quota_keeps_the_shares() -> None:
    parts = SplitRule(dev=0.1, test=0.2, quota=True).parts(SPEAKERS)
    assert Counter(parts.values()) == {"train": 14, "dev": 2, "test": 4}


def test_a_quota_takes_no_part_that_was_not_asked_for() -> None:
    assert set(SplitRule(dev=0.2, test=0.0, quota=True).parts(SPEAKERS).values()) == {"train", "dev"}
    assert Counter(SplitRule(quota=True).parts(["a", "b"], cut=["dev"]).values()) == {"train": 1, "dev": 1}


@pytest.mark.parametrize("groups", [[], ["a"], ["a", "b"]])
def test_too_few_groups_for_a_quota_all_train(groups: list[str]) -> None:
    assert SplitRule(quota=True).parts(groups) == dict.fromkeys(groups, "train")


def test_the_order_of_rows_and_their_number_move_nobody() -> None:
    rule = SplitRule(quota=True)
    assert rule.parts(SPEAKERS) == rule.parts(SPEAKERS[::-1] * 2)


def test_folds_part_no_group_and_spread_each_corpus() -> None:
    corpora = ["big"] * 40 + ["small"] * 14
    groups = [f"s{i % 20}" for i in range(40)] + [f"s{i % 7}" for i in range(14)]
    folds = grouped_folds(groups, corpora, 5)
    of: dict[tuple[str, str], set[int]] = {}
    for corpus, group, fold in zip(corpora, groups, folds, strict=True):
        of.setdefault((corpus, group), set()).add(fold)
    assert all(len(each) == 1 for each in of.values())
    big = Counter(next(iter(fold)) for (corpus, _), fold in of.items() if corpus == "big")
    small = Counter(next(iter(fold)) for (corpus, _), fold in of.items() if corpus == "small")
    assert set(big.values()) == {4}
    assert len(small) == 5
    assert set(small.values()) == {1, 2}
    assert max((big + small).values()) - min((big + small).values()) <= 1


@given(st.lists(st.tuples(names, st.sampled_from("ab")), min_size=2, unique=True, max_size=30), st.integers(2, 6))
def test_folds_are_even_and_do_not_depend_on_the_order(rows: list[tuple[str, str]], k: int) -> None:
    if k > len(rows):
        return
    groups, corpora = zip(*rows, strict=True)
    folds = grouped_folds(groups, corpora, k)
    sizes = Counter(folds)
    assert set(sizes) == set(range(k))
    assert max(sizes.values()) - min(sizes.values()) <= 1
    assert grouped_folds(groups[::-1], corpora[::-1], k) == folds[::-1]


@pytest.mark.parametrize("k", [1, 0, 4])
def test_folds_need_as_many_groups(k: int) -> None:
    with pytest.raises(ValueError, match="there are 3: take fewer folds"):
        grouped_folds(["a", "b", "c", "a"], ["x"] * 4, k)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        grouped_folds(["a", "b"], ["x"], 2)

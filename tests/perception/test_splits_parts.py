"""Parts that share nothing: which row goes where, which is dropped, and why."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perception.training.errors import SplitImpossible
from perception.training.splits import (
    PARTS,
    Item,
    Part,
    SplitRule,
    Splits,
    Unit,
    check_leaks,
    find_twins,
    image_fingerprint,
    make_splits,
    text_fingerprint,
)

pytestmark = pytest.mark.unit

RULE = SplitRule(dev=0.2, test=0.2)


def said(
    name: str,
    text: str,
    *,
    group: str | None = None,
    official: Part | None = None,
    unit: Unit = "row",
    corpus: str = "c",
) -> Item:
    made = text_fingerprint(text)
    return Item(id=name, corpus=corpus, group=group or name, fingerprint=made, official=official, unit=unit)


def rows(count: int, *, groups: int, corpus: str = "c", unit: Unit = "speaker") -> list[Item]:
    return [
        said(f"{corpus}/{i}", f"sentence {i} of {corpus}", group=f"s{i % groups}", unit=unit, corpus=corpus)
        for i in range(count)
    ]


def reasons(splits: Splits) -> dict[str, str]:
    return {each.id: f"{each.because} as {each.twin}, {each.part} for {each.kept_in}" for each in splits.dropped}


def test_every_row_is_in_one_part_or_dropped() -> None:
    items = [*rows(300, groups=60), said("c/again", "Sentence 7 of C!")]
    splits = make_splits(items, RULE)
    assert sorted([*sum(splits.parts.values(), ()), *(each.id for each in splits.dropped)]) == sorted(
        i.id for i in items
    )
    assert all(splits.of(row) == part for part in PARTS for row in splits.parts[part])
    assert [splits.of(each.id) for each in splits.dropped] == [None]
    with pytest.raises(KeyError, match="nobody"):
        splits.of("nobody")


texts = st.sampled_from(["yes", "Yes!", "no", "no...", "perhaps", "a long day", "A long day.", "never", "!!", "??"])
officials = st.sampled_from([None, None, "train", "dev", "test"])


@given(
    st.lists(st.tuples(texts, st.integers(0, 9), st.sampled_from("ab"), officials), max_size=40),
    st.booleans(),
)
def test_no_group_and_no_content_is_in_two_parts(drawn: list[tuple[str, int, str, Part | None]], quota: bool) -> None:
    items = [
        said(f"{i}", text, group=f"s{group}", corpus=corpus, official=official, unit="speaker")
        for i, (text, group, corpus, official) in enumerate(drawn)
    ]
    try:
        splits = make_splits(items, SplitRule(dev=0.2, test=0.2, quota=quota))
    except SplitImpossible:
        return
    part_of = {item.key: {splits.of(other.id) for other in items if other.key == item.key} - {None} for item in items}
    assert all(len(parts) <= 1 for parts in part_of.values())
    kept = [item for item in items if splits.of(item.id)]
    assert find_twins(kept) == ()
    assert all(splits.of(item.id) in (item.official, None) for item in items if item.official in ("dev", "test"))


def test_another_row_moves_nobody() -> None:
    items = rows(200, groups=50)
    before, after = make_splits(items, RULE), make_splits([*items, *rows(90, groups=30, corpus="d")], RULE)
    assert all(before.of(item.id) == after.of(item.id) for item in items)


def test_the_order_of_rows_changes_nothing() -> None:
    items = [*rows(100, groups=25), *(said(f"copy {i}", f"Sentence {i} of c.") for i in range(40))]
    one, other = make_splits(items, RULE), make_splits(items[::-1], RULE)
    assert one.digest == other.digest
    assert reasons(one) == reasons(other)


def test_the_digest_tells_one_split_from_another() -> None:
    items = rows(100, groups=25)
    assert make_splits(items, RULE).digest == make_splits(items, RULE).digest
    assert make_splits(items, RULE).digest != make_splits(items[:-1], RULE).digest
    assert make_splits(items, RULE).digest != make_splits(items, SplitRule(dev=0.2, test=0.2, salt="other")).digest


def test_a_quota_gives_each_part_a_speaker_of_each_corpus() -> None:
    items = [*rows(60, groups=3), *rows(60, groups=8, corpus="d"), *rows(20, groups=2, corpus="few")]
    splits = make_splits(items, SplitRule(quota=True))
    assert all(splits.corpora[name][part] for name in "cd" for part in PARTS)
    assert splits.corpora["few"] == {"train": 20, "dev": 0, "test": 0}


def test_a_speaker_of_the_same_name_in_another_corpus_is_another() -> None:
    items = [*rows(200, groups=50), *rows(200, groups=50, corpus="d")]
    splits = make_splits(items, RULE)
    assert sum(splits.groups.values()) == 100
    assert any(splits.of(f"c/{i}") != splits.of(f"d/{i}") for i in range(50))


def test_official_parts_stay_and_what_is_missing_is_cut_from_the_rest() -> None:
    items = [said(f"{i}", f"sentence {i}", official="test" if i < 40 else "train") for i in range(400)]
    splits = make_splits(items, SplitRule(dev=0.1, test=0.1))
    assert splits.parts["test"] == tuple(f"{i}" for i in range(40))
    assert 15 < len(splits.parts["dev"]) < 65
    without_dev = make_splits(items, SplitRule(dev=0.0, test=0.1))
    assert [len(without_dev.parts[part]) for part in PARTS] == [360, 0, 40]


def test_a_corpus_with_official_parts_does_not_decide_for_another() -> None:
    items = [said("a", "one", official="test", corpus="x"), *rows(200, groups=50)]
    splits = make_splits(items, RULE)
    assert splits.corpora["x"] == {"train": 0, "dev": 0, "test": 1}
    assert min(splits.corpora["c"].values()) > 0


def test_the_twin_in_the_later_part_is_kept() -> None:
    items = [
        said("train", "Same words", official="train"),
        said("dev", "same words!", official="dev"),
        said("test", "SAME WORDS", official="test"),
        said("dev too", "same words!", official="dev"),
        said("other", "other words", official="train"),
    ]
    splits = make_splits(items, RULE)
    assert splits.parts == {"train": ("other",), "dev": (), "test": ("test",)}
    assert reasons(splits) == {
        "train": "nearly the same sentence as test, train for test",
        "dev": "nearly the same sentence as test, dev for test",
        "dev too": "nearly the same sentence as test, dev for test",
    }


def test_within_a_part_the_first_by_id_is_kept() -> None:
    items = [
        said("b", "Same", official="train"),
        said("a", "Same", official="train"),
        said("c", "same?", official="train"),
    ]
    splits = make_splits(items, SplitRule(dev=0, test=0))
    assert splits.parts["train"] == ("a",)
    assert reasons(splits) == {
        "b": "the same sentence as a, train for train",
        "c": "nearly the same sentence as a, train for train",
    }


def mixture(turn: float) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Of two pictures; two mixtures correlate by the cosine of the difference of their turns."""
    first, second = (
        cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 100, (48, 48)), (0, 0), 2) for seed in (1, 2)
    )
    return np.clip(127 + first * np.cos(turn) + second * np.sin(turn), 0, 255).astype(np.uint8)


def test_what_is_like_a_dropped_row_alone_stays() -> None:
    names = {"a": 0.0, "b": 0.5, "c": 1.0}
    items = [
        Item(id=name, corpus="c", group=name, fingerprint=image_fingerprint(mixture(turn)), official="train")
        for name, turn in names.items()
    ]
    assert [(twin.a, twin.b) for twin in find_twins(items)] == [("a", "b"), ("b", "c")]
    again = Item(id="z", corpus="c", group="z", fingerprint=items[1].fingerprint, official="train")
    splits = make_splits([*items, again], SplitRule(dev=0, test=0))
    assert splits.parts["train"] == ("a", "c")
    assert {each.id: each.twin for each in splits.dropped} == {"b": "a", "z": "a"}


def test_a_speaker_that_authors_parted_stays_in_test_alone() -> None:
    items = [
        said("1", "one", group="anna", official="train", unit="speaker"),
        said("2", "two", group="anna", official="test", unit="speaker"),
        said("3", "three", group="ben", official="train", unit="speaker"),
    ]
    splits = make_splits(items, SplitRule(dev=0))
    assert splits.parts == {"train": ("3",), "dev": (), "test": ("2",)}
    assert reasons(splits) == {"1": "the same speaker as 2, train for test"}


def test_parts_that_leave_nothing_to_train_on_are_refused() -> None:
    parted = [
        said("1", "one", group="anna", official="train", unit="speaker"),
        said("2", "two", group="anna", official="test", unit="speaker"),
    ]
    with pytest.raises(SplitImpossible, match=r"of 2 rows none is left .* 1 are dropped, most for the same speaker"):
        make_splits(parted, RULE)
    held_out = [said("1", "one", official="test")]
    assert make_splits(held_out, RULE).parts["test"] == ("1",)
    assert make_splits([], RULE).parts == {"train": (), "dev": (), "test": ()}


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(SplitImpossible, match=r"1 ids come more than once, the first is '7'; put the corpus"):
        make_splits([said("7", "one"), said("7", "two")], RULE)


def test_rows_without_a_fingerprint_are_parted_by_group_alone() -> None:
    items = [Item(id=f"{i}", corpus="c", group=f"s{i % 9}", fingerprint=None, unit="speaker") for i in range(90)]
    splits = make_splits(items, SplitRule(quota=True))
    assert splits.groups == {"train": 7, "dev": 1, "test": 1}
    assert splits.dropped == ()


def test_the_summary_counts_what_a_card_tells() -> None:
    items = [
        said("1", "one", group="anna", official="train", unit="speaker"),
        said("2", "two", group="ben", official="train", unit="speaker"),
        said("3", "Three", group="ben", official="train", unit="speaker"),
        said("4", "three!", group="carl", official="test", unit="speaker"),
        said("5", "five", group="carl", official="test", unit="speaker"),
    ]
    splits = make_splits(items, SplitRule(dev=0))
    summary = splits.summary()
    assert summary["rows"] == {"train": 2, "dev": 0, "test": 2}
    assert summary["groups"] == {"train": 2, "dev": 0, "test": 1}
    assert summary["corpora"] == {"c": {"train": 2, "dev": 0, "test": 2}}
    assert summary["dropped"] == [
        {"because": "nearly the same sentence", "from": "train", "kept_in": "test", "rows": 1}
    ]
    assert summary["rule"] == {"salt": "attune-split-1", "dev": 0, "test": 0.1, "quota": False}
    assert splits.text().splitlines() == [
        f"split {splits.digest[:12]}: train 2 rows, dev 0 rows, test 2 rows of 1 groups",
        "dropped 1 from train: nearly the same sentence is kept in test",
    ]


def test_what_was_made_has_no_leak() -> None:
    items: Sequence[Item] = [*rows(300, groups=40), *(said(f"d{i}", f"Sentence {i} of C?") for i in range(0, 300, 3))]
    splits = make_splits(items, RULE)
    check_leaks({part: [item for item in items if splits.of(item.id) == part] for part in PARTS})

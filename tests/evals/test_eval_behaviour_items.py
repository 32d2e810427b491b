"""The behavioural tests that ship, and files that are none."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evals.behaviour import SHIPPED, Answers, Item, Moves, choose, load_items
from evals.errors import ItemsInvalid
from perception import Emotion, Status

pytestmark = pytest.mark.unit

FIRST = "{id: odd-en-01, lang: en, kind: mft, text: fine, top: [happy]}"


@pytest.fixture(scope="module")
def items() -> tuple[Item, ...]:
    return load_items()


def test_there_are_enough_and_every_category_is_there(items: tuple[Item, ...]) -> None:
    assert len(items) >= 260
    by_category = Counter(item.category for item in items)
    assert min(by_category.values()) >= 12
    assert set(by_category) == {path.stem for path in SHIPPED.glob("*.yaml")}
    assert {"statements", "negation", "sarcasm", "instructions", "unsupported_languages"} <= set(by_category)


def test_both_languages_and_all_kinds_are_there(items: tuple[Item, ...]) -> None:
    assert all(count >= 120 for lang, count in Counter(item.lang for item in items).items() if lang in ("en", "zh"))
    assert set(Counter(item.expected.kind for item in items)) == {"mft", "inv", "dir"}
    for lang in ("en", "zh"):
        plain = choose(items, langs=[lang], categories=["statements"])
        told = {emotion for item in plain if isinstance(item.expected, Answers) for emotion in item.expected.top}
        assert told == set(Emotion)


def test_ids_say_the_category_and_the_language(items: tuple[Item, ...]) -> None:
    assert all(item.id.startswith(f"{item.category}-{item.lang}-") for item in items)


def test_no_text_is_tested_twice_in_other_clothes(items: tuple[Item, ...]) -> None:
    plain = Counter("".join(c for c in item.text.casefold() if c.isalnum()) or item.text for item in items)
    assert [text for text, count in plain.items() if count > 1] == []


def test_a_foreign_text_expects_the_status_that_says_so(items: tuple[Item, ...]) -> None:
    for item in choose(items, categories=["unsupported_languages"]):
        assert item.expected == Answers(status=(Status.UNSUPPORTED_LANGUAGE,))
        assert item.lang not in ("en", "zh")


def write(folder: Path, *items: str, category: str = "odd", name: str = "odd.yaml") -> Path:
    body = "".join(f"  - {item}\n" for item in items)
    (folder / name).write_text(f"category: {category}\nitems:\n{body}", encoding="utf-8")
    return folder


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    write(
        tmp_path, "{id: odd-zh-01, lang: zh, kind: dir, text: 好, variants: [很好], emotion: happy, change: not_down}"
    )
    (item,) = load_items(tmp_path)
    assert item.texts == ("好", "很好")
    assert item.expected == Moves(variants=("很好",), emotions=(Emotion.HAPPY,), change="not_down")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{id: odd-en-02, lang: en, kind: mft, text: x}", "odd-en-02: nothing is expected"),
        ("{id: odd-en-02, lang: en, kind: mft, text: x, top: [joy]}", "odd-en-02: top.0: Input should be 'happy'"),
        ("{id: odd-en-02, lang: en, kind: mft, text: x, top: [sad], not: [sad]}", "under top and under not"),
        ("{id: odd-en-02, lang: en, kind: mft, text: x, status: [fine]}", "odd-en-02: status.0"),
        ("{id: odd-en-02, lang: en, kind: mft, text: x, top: [sad], variants: [y]}", "variants: Extra inputs"),
        ("{id: odd-en-02, lang: en, kind: inv, text: x}", "odd-en-02: variants: Field required"),
        ("{id: odd-en-02, lang: en, kind: inv, text: x, variants: []}", "at least 1 item"),
        ("{id: odd-en-02, lang: en, kind: inv, text: x, variants: [x]}", "the text once more"),
        ("{id: odd-en-02, lang: en, kind: inv, text: x, variants: [y, y]}", "said twice"),
        ("{id: odd-en-02, lang: en, kind: dir, text: x, variants: [y], emotion: sad, change: down}", "'not_down'"),
        ("{id: odd-en-02, lang: en, kind: dir, text: x, variants: [y], emotion: [], change: up}", "at least 1 item"),
        ("{id: odd-en-02, lang: en, kind: some, text: x}", "odd-en-02"),
        ("{id: second, lang: en, kind: mft, text: x, top: [sad]}", "second: id"),
        ("{lang: en, kind: mft, text: x, top: [sad]}", "test 2: id: Field required"),
        ("just words", "items.1"),
        (FIRST, "the id 'odd-en-01' stands twice"),
        (FIRST.replace("01", "02"), "the text 'fine' stands twice"),
        ("{", "it should be a YAML file"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, item: str, message: str) -> None:
    with pytest.raises(ItemsInvalid, match=r"odd\.yaml|stands twice") as raised:
        load_items(write(tmp_path, FIRST, item))
    assert message in str(raised.value)


def test_files_that_are_no_tests(tmp_path: Path) -> None:
    with pytest.raises(ItemsInvalid, match=r"no \*\.yaml"):
        load_items(tmp_path)
    with pytest.raises(ItemsInvalid, match="name the file after it"):
        load_items(write(tmp_path, FIRST, category="even"))
    (tmp_path / "odd.yaml").write_text("", encoding="utf-8")
    with pytest.raises(ItemsInvalid, match=r"odd\.yaml"):
        load_items(tmp_path)
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ItemsInvalid, match="cannot read"):
        load_items(tmp_path)


def test_choosing(items: tuple[Item, ...]) -> None:
    assert choose(items) == items
    chosen = choose(items, langs=["zh"], categories=["negation", "sarcasm"])
    assert {(item.lang, item.category) for item in chosen} == {("zh", "negation"), ("zh", "sarcasm")}
    for given, message in (
        ({"langs": ["xx"]}, "language 'xx'; there are"),
        ({"categories": ["humour"]}, "category 'humour'; there are capitals"),
        ({"langs": ["zh"], "categories": ["capitals"]}, "no test of capitals is in zh"),
    ):
        with pytest.raises(ItemsInvalid, match=message):
            choose(items, **given)

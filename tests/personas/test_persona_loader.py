"""Persona files are strict: whatever is wrong is named with its file and its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from perception import Emotion, Modality
from personas import (
    LANGS,
    PRESETS,
    SHIPPED,
    Persona,
    PersonaBook,
    PersonaError,
    PersonaInvalid,
    UnknownPersona,
    in_language,
    load_persona,
)

pytestmark = pytest.mark.unit

MINIMAL = "name: gardener\ntitle: {en: Gardener}\nprompt: {en: You grow things.}\n"


def write(folder: Path, text: str, name: str = "p.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> list[str]:
    path = write(folder, text)
    with pytest.raises(PersonaInvalid) as refused:
        load_persona(path)
    return str(refused.value).replace(str(path), "p.yaml").split("\n")


def test_a_few_lines_make_a_persona(tmp_path: Path) -> None:
    persona = load_persona(write(tmp_path, MINIMAL))
    assert persona.languages == ("en",)
    assert persona.trust == PRESETS["words-first"]
    assert persona.questions_for(Emotion.SAD, "en") == ()
    assert "AI" in persona.greeting_in("zh")
    assert "Gardener" in persona.greeting_in("en")


def test_every_field_is_read(tmp_path: Path) -> None:
    text = MINIMAL + (
        "style: {en: Earthy.}\n"
        "greeting: {en: What shall we plant?}\n"
        "examples:\n  en:\n    - {user: Hi., assistant: What grows at your place?, notice: looks sad}\n"
        "questions:\n  sad: {en: [What wilted?]}\n  any: {en: [What grows?, What blooms?]}\n"
        "perception: {preset: reference, trust: {text: 0.9}}\n"
        "limits: {max_tokens: 80, sentences: 2}\n"
        "tests:\n  - {say: hi, expect: {question: true}}\n"
    )
    persona = load_persona(write(tmp_path, text))
    assert persona.trust == {Modality.VISION: 0.6, Modality.AUDIO: 0.1, Modality.TEXT: 0.9}
    assert persona.questions_for(Emotion.SAD, "en") == ("What wilted?",)
    assert persona.questions_for(None, "en") == ("What grows?", "What blooms?")
    assert persona.questions_for(None, "zh") == ()
    assert persona.examples["en"][0].notice == "looks sad"
    assert persona.limits.max_tokens == 80
    assert persona.tests == [{"say": "hi", "expect": {"question": True}}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MINIMAL + "propmt: x\n", "p.yaml:4: unknown field 'propmt' (did you mean 'prompt'?)"),
        (MINIMAL + "limits:\n  sentence: 3\n", "p.yaml:5: unknown field 'sentence' (did you mean 'sentences'?)"),
        (MINIMAL + "name: other\n", "p.yaml:4: duplicate key 'name', first on line 1"),
        (MINIMAL + "questions:\n  sad: {en: [a?]}\n  sad: {en: [b?]}\n", "p.yaml:6: duplicate key 'sad'"),
        (MINIMAL + "questions:\n  sadd: {en: [a?]}\n", "p.yaml:5: questions.sadd: unknown emotion 'sadd'"),
        (MINIMAL + "greeting: {fr: Salut}\n", "p.yaml:4: greeting.fr: unknown language 'fr'; known are en, zh"),
        (MINIMAL + "limits:\n  max_tokens: lots\n", "p.yaml:5: limits.max_tokens: Input should be a valid integer"),
        (MINIMAL + "perception:\n  trust: {smell: 1}\n", "p.yaml:5: perception.trust.smell: Input should be 'vision'"),
        (MINIMAL + "perception:\n  trust: {text: 3}\n", "p.yaml:5: perception.trust.text: Input should be less than"),
        (
            MINIMAL + "perception:\n  trust: {text: 0, vision: 0, audio: 0}\n",
            "p.yaml:4: perception: trust leaves every",
        ),
        (MINIMAL + "perception:\n  preset: loud\n", "p.yaml:5: perception.preset: Input should be 'words-first'"),
        (MINIMAL + "examples:\n  en:\n    - user: hi\n", "p.yaml:6: the field 'examples.en.0.assistant' is missing"),
        (MINIMAL + "tools: [recall_affect]\n", "p.yaml:4: unknown field 'tools'"),
        ("name: a\ntitle: {en: A}\n", "p.yaml:1: the field 'prompt' is missing"),
        ("name: Big Cat\ntitle: {en: A}\nprompt: {en: x}\n", "p.yaml:1: name: String should match pattern"),
        ("name: a\ntitle: plain\nprompt: {en: x}\n", "p.yaml:2: title: Input should be a map, got 'plain'"),
        ("name: a\ntitle: {}\nprompt: {en: x}\n", "p.yaml:2: title: Dictionary should have at least 1 item"),
        ("name: a\ntitle: {en: A}\nprompt: {en: ' '}\n", "p.yaml:3: prompt.en: String should have at least 1"),
        ("name: custom\ntitle: {en: A}\nprompt: {en: x}\n", "p.yaml:1: the name 'custom' is kept"),
        ("name: a\ntitle:\n\ten: A\n", "p.yaml:3: a tab in the indentation; YAML takes spaces only"),
        ("name: [a\n", "p.yaml:2: not YAML:"),
        ("name: a: b\n", "p.yaml:1: not YAML:"),
        ("name: !!python/object:os.system x\n", "p.yaml:1: not YAML: could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", "p.yaml:2: not YAML:"),
        ("- name: a\n", "p.yaml:1: a persona is a map of fields"),
        ("just words\n", "p.yaml:1: a persona is a map of fields"),
        ("", "p.yaml: the file is empty"),
        ("# nothing\n", "p.yaml: the file is empty"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    assert refusal(tmp_path, text)[0].startswith(expected)


def test_all_problems_are_told_at_once_top_of_the_file_first(tmp_path: Path) -> None:
    lines = refusal(tmp_path, "name: a\ntilte: {en: A}\nprompt: 3\nlimits: {sentences: 0}\n")
    assert [line.split(":")[1] for line in lines] == ["1", "2", "3", "4"]


def test_deep_nesting_is_refused_and_does_not_crash(tmp_path: Path) -> None:
    assert "p.yaml" in refusal(tmp_path, "a: " + "[" * 5000)[0]


def test_files_that_cannot_be_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"name: a\ntitle: {en: \xff\xfe}\n")
    with pytest.raises(PersonaInvalid, match=r":2: not UTF-8"):
        load_persona(path)
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(PersonaInvalid, match="larger than"):
        load_persona(path)
    with pytest.raises(PersonaInvalid, match="cannot be read: No such file"):
        load_persona(tmp_path / "absent.yaml")
    with pytest.raises(PersonaInvalid, match="cannot be read"):
        load_persona(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert load_persona(path).name == "gardener"


def test_the_book_holds_shipped_personas_and_those_of_the_user(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL)
    write(tmp_path, MINIMAL.replace("gardener", "chat").replace("Gardener", "My chat"), "mine.yml")
    write(tmp_path, "no persona", "notes.txt")
    book = PersonaBook.load([tmp_path, tmp_path / "absent"])
    assert book.names == ("chat", "counseling", "debate", "gardener", "interview")
    assert book.get("chat").title == {"en": "My chat"}
    assert PersonaBook.load().get("chat").title["en"] == "Chat"


def test_two_files_of_one_folder_cannot_take_the_same_name(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL, "a.yaml")
    write(tmp_path, MINIMAL, "b.yaml")
    with pytest.raises(PersonaInvalid, match=r"b\.yaml: the name 'gardener' is taken by a\.yaml"):
        PersonaBook.load([tmp_path])


def test_a_file_is_no_folder_of_personas(tmp_path: Path) -> None:
    with pytest.raises(PersonaError, match="is a file"):
        PersonaBook.load([write(tmp_path, MINIMAL)])


def test_an_unknown_name_lists_the_known_and_suggests_the_closest() -> None:
    with pytest.raises(
        UnknownPersona, match=r"'counselling' \(did you mean 'counseling'\?\); there are: chat, "
    ) as missed:
        PersonaBook.load().get("counselling")
    assert missed.value.names == ("chat", "counseling", "debate", "interview")
    with pytest.raises(UnknownPersona) as missed:
        PersonaBook.load().get("")
    assert "did you mean" not in str(missed.value)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_personas_are_complete_in_both_languages(path: Path) -> None:
    persona = load_persona(path)
    assert persona.name == path.stem
    assert persona.languages == LANGS
    for lang in LANGS:
        assert persona.examples[lang]
        assert persona.greeting[lang]
        assert persona.style[lang]
        assert "AI" in persona.greeting[lang]
        for emotion in (None, *Emotion):
            assert len(persona.questions_for(emotion, lang)) >= 5
        assert len(persona.prompt["en"]) < 600


def test_counseling_never_calls_itself_therapy_nor_diagnoses() -> None:
    persona = PersonaBook.load().get("counseling")
    said = " ".join([*persona.greeting.values(), *persona.title.values()]).lower()
    assert not any(word in said for word in ("therap", "diagnos", "treatment", "治疗", "诊断", "咨询师"))
    assert "Never diagnose" in persona.prompt["en"]
    assert "不做诊断" in persona.prompt["zh"]


def test_a_persona_cannot_be_changed() -> None:
    persona: Persona = PersonaBook.load().get("chat")
    with pytest.raises(ValueError, match="frozen"):
        persona.name = "other"  # type: ignore[misc]


def test_a_text_falls_back_on_the_language_there_is() -> None:
    assert in_language({"zh": "好"}, "en") == "好"
    assert in_language({"en": "yes", "zh": "好"}, "zh") == "好"
    assert in_language({"en": "yes", "zh": "好"}, "fr") == "yes"

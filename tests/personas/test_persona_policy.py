"""Rules and handoffs in a persona file: what is read, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from perception import Emotion, Modality, Status
from personas import SHIPPED, PersonaBook, PersonaInvalid, load_persona

pytestmark = pytest.mark.unit

MINIMAL = "name: gardener\ntitle: {en: Gardener}\nprompt: {en: You grow things.}\n"
RULES = MINIMAL + "perception:\n  rules:\n"
HANDOFF = MINIMAL + "handoff:\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    path = write(folder, text)
    with pytest.raises(PersonaInvalid) as refused:
        load_persona(path)
    return str(refused.value).replace(str(path), "p.yaml")


def test_the_example_of_the_design_is_read_as_data(tmp_path: Path) -> None:
    text = MINIMAL + (
        "perception:\n"
        "  preset: words-first\n"
        "  trust: {text: 0.6, audio: 0.3, vision: 0.4}\n"
        "  rules:\n"
        "    - if: {vision: happy, audio: angry, audio_quality_below: 0.5}\n"
        "      then: {ignore: audio}\n"
        "    - id: smile\n"
        "      if: {text: [happy, neutral], vision: sad, vision_confidence_above: 0.6, audio_status: [no_speech]}\n"
        "      then: {conflict: masking, note: smiles_anyway, trust: {vision: 0.9}}\n"
        "routing: auto\n"
        "handoff:\n"
        "  - {to: counseling, when: {fused: [sad, fear], at_least: 0.6, turns: 2, of: 3}, mode: suggest}\n"
    )
    persona = load_persona(write(tmp_path, text))
    (first, rule), (second, other) = persona.perception.named
    assert (first, second) == ("1", "smile")
    assert rule.condition.emotions(Modality.AUDIO) == (Emotion.ANGRY,)
    assert rule.condition.bounds(Modality.AUDIO, "quality") == (0.5, None)
    assert rule.action.ignore == (Modality.AUDIO,)
    assert other.condition.statuses(Modality.AUDIO) == (Status.NO_SPEECH,)
    assert other.action.trust == {Modality.VISION: 0.9}
    (handoff,) = persona.handoff
    assert (persona.routing, handoff.mode, handoff.when.fused) == ("auto", "suggest", (Emotion.SAD, Emotion.FEAR))
    assert persona.model_dump(mode="json")["perception"]["rules"][0]["then"]["ignore"] == ["audio"]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            "    - if: {vison: happy}\n      then: {ignore: audio}\n",
            "6: unknown field 'vison' (did you mean 'vision'?)",
        ),
        (
            "    - if: {vision: happy}\n      then: {ignore: audio}\n      than: {}\n",
            "8: unknown field 'than' (did you mean 'then'?)",
        ),
        ("    - if: {vision: happy}\n      then: {ignores: audio}\n", "7: unknown field 'ignores'"),
        ("    - if: {vision: glad}\n      then: {ignore: audio}\n", "6: perception.rules.0.if.vision.0: Input should"),
        ("    - if: {vision: happy}\n      then: {ignore: smell}\n", "7: perception.rules.0.then.ignore.0: Input"),
        ("    - if: {vision: happy}\n", "6: the field 'perception.rules.0.then' is missing"),
        (
            "    - if: {audio_quality_below: 1.5}\n      then: {ignore: audio}\n",
            "6: perception.rules.0.if.audio_quality",
        ),
        ("    - if: {audio_quality_below: 0}\n      then: {ignore: audio}\n", "6: perception.rules.0.if.audio_quality"),
        ("    - if: {audio_quality_above: 1}\n      then: {ignore: audio}\n", "6: perception.rules.0.if.audio_quality"),
        (
            "    - if: {audio_confidence_below: 0.1}\n      then: {ignore: audio}\n",
            "6: perception.rules.0.if.audio_conf",
        ),
        (
            "    - if: {audio_quality_above: 'yes'}\n      then: {ignore: audio}\n",
            "6: perception.rules.0.if.audio_qual",
        ),
        ("    - if: {audio_quality_above: .nan}\n      then: {ignore: audio}\n", "6: perception.rules.0.if.audio_qual"),
        ("    - if: {audio_status: gone}\n      then: {ignore: audio}\n", "6: perception.rules.0.if.audio_status.0"),
        ("    - if: {vision: happy}\n      then: {trust: {vision: 2}}\n", "7: perception.rules.0.then.trust.vision"),
        ("    - if: {vision: happy}\n      then: {conflict: maskng}\n", "7: perception.rules.0.then.conflict: Input"),
        ("    - if: {vision: happy}\n      then: {note: Not A Code}\n", "7: perception.rules.0.then.note: String"),
        ("    - if: {}\n      then: {ignore: audio}\n", "6: perception.rules.0.if: a rule without a condition"),
        ("    - if: {vision: happy}\n      then: {}\n", "7: perception.rules.0.then: does nothing"),
        (
            "    - if: {vision: happy, vision: sad}\n      then: {ignore: audio}\n",
            "6: duplicate key 'vision', first on line 6: a sense shows one emotion at a time; for any of several write",
        ),
        (
            "    - if:\n        vision: happy\n        vision: sad\n      then: {ignore: audio}\n",
            "8: duplicate key 'vision', first on line 7: a sense shows one emotion at a time",
        ),
        (
            "    - if: {audio_quality_below: 0.3, audio_quality_above: 0.5}\n      then: {ignore: audio}\n",
            "6: perception.rules.0.if: never holds: audio cannot have a quality above 0.5 and below 0.3 at once",
        ),
        (
            "    - if: {audio_confidence_below: 0.5, audio_confidence_above: 0.5}\n      then: {ignore: audio}\n",
            "6: perception.rules.0.if: never holds: audio cannot have a confidence above 0.5 and below 0.5",
        ),
        (
            "    - if: {vision: happy, vision_status: no_face}\n      then: {ignore: audio}\n",
            "6: perception.rules.0.if: never holds: vision with status no_face shows no emotion",
        ),
        (
            "    - if: {vision_status: no_face}\n      then: {ignore: vision}\n",
            "6: perception.rules.0: changes nothing: vision with status no_face has no weight already",
        ),
        (
            "    - if: {vision: happy}\n      then: {ignore: vision, trust: {vision: 0.2}}\n",
            "7: perception.rules.0.then: ignores vision and trusts it at once",
        ),
        (
            "    - if: {vision: happy}\n      then: {conflict: masking}\n",
            "6: perception.rules.0: a conflict is between two senses; name the emotion of both in `if`",
        ),
        (
            "    - if: {vision: happy, text: happy}\n      then: {conflict: masking}\n",
            "6: perception.rules.0: no conflict: all the senses show happy",
        ),
        (
            "    - {if: {vision: happy}, then: {note: a}}\n    - {if: {vision: [happy]}, then: {note: a}}\n",
            "7: says the same as rule 1",
        ),
        (
            "    - {id: a, if: {text: sad}, then: {note: a}}\n    - {id: a, if: {text: fear}, then: {note: a}}\n",
            "7: the id 'a' is taken by rule 1",
        ),
        (
            "    - {id: correction, if: {text: sad}, then: {note: a}}\n",
            "6: the id 'correction' is that of the person's own word",
        ),
        (
            "    - id: Big One\n      if: {vision: sad}\n      then: {ignore: audio}\n",
            "6: perception.rules.0.id: String",
        ),
        ("    {vision: sad}\n", "5: perception.rules: Input should be a list, got"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_its_line(tmp_path: Path, rules: str, expected: str) -> None:
    assert refusal(tmp_path, RULES + rules).splitlines()[0].startswith(f"p.yaml:{expected}")


@pytest.mark.parametrize(
    ("handoff", "expected"),
    [
        ("  - {to: chat, when: {fused: sad, turns: 1}}\n", "5: handoff.0.when.turns: Input should be greater than or"),
        (
            "  - {to: chat, when: {fused: sad, turns: 4, of: 3}}\n",
            "5: handoff.0.when: never holds: 4 turns of the last",
        ),
        ("  - {to: chat, when: {fused: []}}\n", "5: handoff.0.when.fused: "),
        ("  - {to: chat, when: {fused: blue}}\n", "5: handoff.0.when.fused.0: Input should be 'happy'"),
        ("  - {to: chat, when: {fused: sad, at_least: 1.2}}\n", "5: handoff.0.when.at_least: Input should be less"),
        ("  - {to: chat, when: {fused: sad, atleast: 0.2}}\n", "5: unknown field 'atleast' (did you mean 'at_least'?)"),
        ("  - {to: chat, when: {fused: sad}, mode: fixed}\n", "5: handoff.0.mode: Input should be 'suggest' or 'auto'"),
        ("  - {to: chat, when: {fused: sad}, dwell: 1}\n", "5: handoff.0.dwell: Input should be greater than or"),
        ("  - to: gardener\n    when: {fused: sad}\n", "5: never holds: it leads to the persona itself"),
        ("  - {when: {fused: sad}}\n", "5: the field 'handoff.0.to' is missing"),
        ("  - {to: chat, when: {fused: sad}}\n  - {to: chat, when: {fused: sad}}\n", "6: says the same as rule 1"),
        ("  - {to: chat, when: {fused: sad}}\nrouting: fixed\n", "4: these rules never hold while `routing` is fixed"),
        (
            "  - {to: chat, when: {fused: sad}}\nrouting: ask\n",
            "6: routing: Input should be 'fixed', 'suggest' or 'auto'",
        ),
    ],
)
def test_a_mistake_in_a_handoff_is_named_with_its_line(tmp_path: Path, handoff: str, expected: str) -> None:
    assert refusal(tmp_path, HANDOFF + handoff).splitlines()[0].startswith(f"p.yaml:{expected}")


def test_a_handoff_to_nobody_is_found_when_the_book_is_opened(tmp_path: Path) -> None:
    path = write(tmp_path, HANDOFF + "  - when: {fused: sad}\n    to: counselling\n")
    assert load_persona(path).handoff[0].to == "counselling"
    with pytest.raises(PersonaInvalid, match=r"p\.yaml:6: no persona is called 'counselling' \(did you mean 'couns"):
        PersonaBook.load([tmp_path])


def test_the_shipped_personas_lead_to_each_other_and_never_in_one_turn() -> None:
    book = PersonaBook.load()
    led = {name: {rule.to for rule in book.get(name).handoff} for name in book.names}
    assert led == {
        "chat": {"counseling"},
        "counseling": {"chat"},
        "debate": {"chat", "counseling"},
        "interview": {"counseling"},
    }
    assert all(rule.when.turns >= 2 for name in book.names for rule in book.get(name).handoff)
    assert {book.get(name).routing for name in book.names} == {"suggest"}
    assert len(list(SHIPPED.glob("*.yaml"))) == len(book.names)

"""Robustness on miniature recordings, with a sense whose ears are known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from agent import Senses
from evals.errors import ManifestUnusable
from evals.robustness import (
    Robustness,
    RobustnessPlan,
    chosen_conditions,
    evaluate_robustness,
    summary_lines,
    write_robustness,
)
from evals.robustness.hearing import Babble
from evals.robustness.texts import name_condition
from perception import AudioClip, EmotionScores, Modality, Observation, Status
from perception.audio.degradations import DEGRADATIONS
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.unit

RATE = 16_000
TONES = {"happy": 500.0, "sad": 1000.0}
SOME = ("clean", "babble_0dB", "white_0dB", "telephone", "gain_-20dB", "length_0.3s")


class Ear(ScriptedPerceiver):
    """Tells two tones apart while they stand out of the rest; too short under 0.4 s, uncertain where soft."""

    def perceive(self, evidence: object, /) -> Observation:
        assert isinstance(evidence, AudioClip)
        if evidence.seconds < 0.4:
            return Observation(modality=self.modality, status=Status.TOO_SHORT, model=self.model)
        spectrum = np.abs(np.fft.rfft(evidence.samples)) ** 2
        hertz = np.fft.rfftfreq(len(evidence.samples), 1 / RATE)
        strength = {name: float(spectrum[abs(hertz - tone) < 5].sum()) for name, tone in TONES.items()}
        clear = sum(strength.values()) / float(spectrum.sum()) > 0.7
        heard = max(strength, key=strength.__getitem__) if clear else "neutral"
        soft = float(np.abs(evidence.samples).max()) < 0.1
        return Observation(
            modality=self.modality,
            status=Status.UNCERTAIN if soft else Status.OK,
            model=self.model,
            scores=EmotionScores.of({heard: 0.8, "surprise": 0.2}),
            quality=0.5,
        )


@pytest.fixture
def senses() -> Iterator[Senses]:
    made = Senses(audio=Ear(Modality.AUDIO))
    yield made
    made.close()


Manifest = Callable[..., Path]


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """Eight tones by four speakers, two labels."""

    def written(*, speakers: bool = True, more: tuple[dict[str, Any], ...] = ()) -> Path:
        rows: list[dict[str, Any]] = []
        time = np.arange(RATE) / RATE
        for number in range(8):
            label = ("happy", "sad")[number % 2]
            samples = 0.5 * np.sin(2 * np.pi * TONES[label] * time) * (0.9 + 0.01 * number)
            soundfile.write(tmp_path / f"{number}.wav", samples, RATE, subtype="FLOAT")
            row = {"id": f"r{number}", "audio": f"{number}.wav", "label": label}
            rows.append({**row, "speaker": f"s{number // 2}"} if speakers else row)
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in (*rows, *more)), encoding="utf-8")
        return path

    return written


def evaluate(path: Path, senses: Senses, **options: Any) -> Robustness:
    given = {"conditions": SOME, "resamples": 50, **options}
    return evaluate_robustness(RobustnessPlan(manifest=path, **given), senses)


def test_figures_are_those_by_hand(manifest: Manifest, senses: Senses) -> None:
    found = {each.name: each for each in evaluate(manifest(), senses).conditions}
    assert tuple(found) == SOME
    clean, noisy, soft, short = (found[name] for name in ("clean", "white_0dB", "gain_-20dB", "length_0.3s"))
    assert clean.figures is not None
    assert (clean.figures.uar, clean.figures.accuracy, clean.coverage, clean.drop) == (1.0, 1.0, 1.0, None)
    assert noisy.figures is not None
    assert noisy.drop is not None
    assert noisy.figures.uar == 0.0
    assert noisy.drop.points == pytest.approx(100.0)
    assert noisy.drop.interval is not None
    assert noisy.drop.interval.low == pytest.approx(100.0)
    assert found["telephone"].drop is not None
    assert found["telephone"].drop.points == pytest.approx(0.0)
    assert soft.figures is not None
    assert (soft.figures.uar, soft.coverage, soft.share("uncertain")) == (1.0, 0.0, 1.0)
    assert (short.figures, short.drop, short.scored, short.share("too_short")) == (None, None, 0, 1.0)
    assert clean.quality == 0.5


def test_it_is_the_same_again(manifest: Manifest, senses: Senses) -> None:
    path = manifest()
    first, second = (evaluate(path, senses).as_dict() for _ in range(2))
    assert {**first, "run": None} == {**second, "run": None}


def test_babble_never_comes_from_the_speaker(manifest: Manifest, senses: Senses, monkeypatch: pytest.MonkeyPatch):
    read: list[tuple[str | None, list[str | None]]] = []
    beside = Babble.beside

    def spied(self: Babble, each: Any) -> Any:
        found = beside(self, each)
        others = [row for row in self._rows if any(self._read(row) is samples for samples in found)]
        read.append((self.group(each), [self.group(row) for row in others]))
        return found

    monkeypatch.setattr(Babble, "beside", spied)
    evaluate(manifest(), senses, conditions=("babble_0dB",))
    assert len(read) == 8
    assert all(others and mine not in others for mine, others in read)


def test_without_speakers_babble_is_left_out_and_said_so(manifest: Manifest, senses: Senses) -> None:
    found = evaluate(manifest(speakers=False), senses, conditions=None, resamples=0)
    assert found.left_out == ("babble_20dB", "babble_10dB", "babble_0dB")
    assert [each.name for each in found.conditions] == [n for n in DEGRADATIONS if not n.startswith("babble")]
    assert found.as_dict()["speakers"] == {"column": None, "speakers": None}
    assert all(each.figures is None or not each.figures.intervals for each in found.conditions)


@pytest.mark.parametrize("cluster", [None, "id", "nobody"])
def test_babble_that_was_asked_for_needs_speakers(manifest: Manifest, senses: Senses, cluster: str | None) -> None:
    path = manifest(speakers=False)
    if cluster == "id":
        assert evaluate(path, senses, cluster="id").speaker == "id"
        return
    with pytest.raises(ManifestUnusable):
        evaluate(path, senses, cluster=cluster)


def test_bad_rows_are_counted_and_stop_nothing(manifest: Manifest, senses: Senses, tmp_path: Path) -> None:
    (tmp_path / "odd.wav").write_bytes(b"no sound")
    more = (
        {"id": "a", "audio": "odd.wav", "label": "sad", "speaker": "x"},
        {"id": "b", "audio": "gone.wav", "label": "sad", "speaker": "y"},
        {"id": "c", "text": "words only", "label": "sad"},
        {"id": "d", "audio": "0.wav", "label": "joy", "speaker": "z"},
    )
    found = evaluate(manifest(more=more), senses)
    shown = found.as_dict()
    assert shown["rows"] == {
        "lines": 12,
        "broken": 3,
        "without_recording": 1,
        "left_out_by_limit": 0,
        "perceived": 8,
    }
    assert shown["broken"]["by_trouble"] == {"media": 2, "label": 1}


def test_a_sense_that_says_nothing_is_an_error(manifest: Manifest) -> None:
    silent = Senses(audio=ScriptedPerceiver(Modality.AUDIO, status=Status.NO_SPEECH))
    with pytest.raises(ManifestUnusable, match="no_speech 8"):
        evaluate(manifest(), silent)
    silent.close()


def test_a_sense_that_is_off_is_an_error(manifest: Manifest) -> None:
    off = Senses()
    with pytest.raises(ManifestUnusable):
        evaluate(manifest(), off)
    off.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_is_whole(manifest: Manifest, senses: Senses, tmp_path: Path, lang: str) -> None:
    found = evaluate(manifest(more=({"id": "<b>", "audio": "gone.wav", "label": "sad", "speaker": "y"},)), senses)
    page = write_robustness(found, tmp_path / "out", lang=lang)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "report.html",
        "report.json",
        "rows.jsonl",
        "robustness.svg",
    }
    text = page.read_text(encoding="utf-8")
    assert name_condition("babble_0dB", lang) in text
    assert "<b>:" not in text
    assert "&lt;b&gt;" in text
    assert "<svg" in text
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert [each["condition"] for each in report["conditions"]] == list(SOME)
    assert report["conditions"][2]["drop"]["points"] == 100.0
    rows = [json.loads(line) for line in (tmp_path / "out" / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 8
    assert set(rows[0]["conditions"]) == set(SOME)


def test_the_summary_fits_a_terminal(manifest: Manifest, senses: Senses) -> None:
    lines = list(summary_lines(evaluate(manifest(), senses)))
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("white_0dB") and "+100.0" in line for line in lines)


def test_every_condition_has_a_name_in_both_languages() -> None:
    for name in DEGRADATIONS:
        english, chinese = (name_condition(name, lang) for lang in ("en", "zh"))
        assert english != chinese or name == "opus_24k"
        assert "{" not in english + chinese
    assert name_condition("gain_+10dB", "en") == "gain +10 dB"
    assert name_condition("reverb_0.4s", "zh") == "混响，RT60 0.4 秒"


def test_families_stand_for_their_conditions() -> None:
    assert chosen_conditions([]) is None
    assert chosen_conditions(["reverb", "white_0dB"]) == ("clean", "white_0dB", "reverb_0.4s", "reverb_0.8s")
    with pytest.raises(ManifestUnusable, match="underwater"):
        chosen_conditions(["underwater"])

"""The benches of the senses and of a turn: what they measure, never how fast it was."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from evals.bench import Bench, BenchResult, audio_bench, bench_turn, run_bench, text_bench, vision_bench
from evals.bench.audio import cold_audio
from evals.bench.portrait import HEIGHT, WIDTH, drawn_face, empty_room, fitted, swaying
from evals.bench.text import CHINESE, ENGLISH, cold_text
from evals.bench.turn import cold_turn
from evals.bench.vision import cold_vision
from evals.bench.voice import synthetic_voice
from perception import EmotionScores, Modality, ModelMissing, Observation, Status
from perception.speech.vad import VoiceActivity
from perception.text import EmbeddedText
from perception.text.encoder import EncoderModel
from perception.text.files import SHIPPED
from perception.vision import HaarDetector

pytestmark = pytest.mark.model

STAGES = ["import", "load", "first_call"]


def measured(bench: Bench) -> BenchResult:
    result = run_bench(bench, runs=3, cold_runs=0)
    assert json.loads(json.dumps(result.as_dict()))["bench"] == bench.name
    return result


def test_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.bench.text.ROWS", 20)
    monkeypatch.setattr("evals.bench.text.BATCH", 20)
    result = measured(text_bench())
    assert list(result.cases) == ["en", "zh", "en_long", "zh_long", "rows", "batch"]
    assert all(case.judged for case in result.cases.values())
    assert result.cases["rows"].unit == "rows/min"
    assert set(result.ratios) == {"zh / en", "zh_long / en_long"}


def test_the_utterances_are_of_the_length_that_is_said() -> None:
    for lang, texts in (("en", ENGLISH), ("zh", CHINESE)):
        files = SHIPPED[lang][0].encoder
        assert files is not None
        pieces = EncoderModel(shipped=Path(files).stem).tokens().lengths(texts)
        assert 17 <= np.mean(pieces) <= 19  # two of them are the marks around a text
    assert len(ENGLISH) == len(CHINESE)


def test_audio_without_opensmile_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.bench.audio.LENGTHS", (3,))
    monkeypatch.setattr("evals.bench.audio.find_spec", lambda _: None)
    monkeypatch.setattr("perception.models.store.ModelStore.path", _nowhere)
    result = measured(audio_bench())
    assert list(result.cases) == ["clip_3s", "vad_3s", "frames_3s"]
    assert result.cases["clip_3s"].judged
    assert {case.unit for case in result.cases.values()} == {"rtf"}
    assert result.ratios == {}
    assert any("opensmile" in note for note in result.notes)


def test_whisper_is_measured_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.bench.audio.LENGTHS", (3,))
    bench = audio_bench()
    names = {case.name for case in bench.cases}
    told = any("attune models get whisper-base" in note for note in bench.notes)
    assert told != ({"encoder_3s", "transcription_3s"} <= names)
    monkeypatch.setattr("evals.bench.audio.WHISPER", "whisper-tiny.en")
    monkeypatch.setattr("perception.models.store.ModelStore.path", _nowhere)
    without = audio_bench()
    assert {case.name for case in without.cases} == {"clip_3s", "vad_3s", "frames_3s"}
    assert any("attune models get whisper-tiny.en" in note for note in without.notes)


def _nowhere(store: object, name: str) -> Path:
    raise ModelMissing(name, f"attune models get {name}")


def test_audio_beside_opensmile(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    smile = SimpleNamespace(process_signal=lambda samples, rate: heard.append(rate))
    fake = SimpleNamespace(
        Smile=lambda **_: smile,
        FeatureSet=SimpleNamespace(eGeMAPSv02="eGeMAPSv02"),
        FeatureLevel=SimpleNamespace(Functionals="functionals"),
    )
    monkeypatch.setattr("evals.bench.audio.LENGTHS", (3,))
    monkeypatch.setattr("evals.bench.audio.find_spec", lambda _: object())
    monkeypatch.setattr("perception.models.store.ModelStore.path", _nowhere)
    monkeypatch.setattr("evals.bench.audio.import_module", lambda _: fake)
    result = measured(audio_bench())
    assert set(result.ratios) == {"clip_3s / egemaps_3s"}
    assert set(heard) == {16_000}


def test_a_sense_that_hears_no_voice_is_not_told_as_one_that_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.bench.audio.LENGTHS", (3,))
    monkeypatch.setattr("evals.bench.audio.synthetic_voice", lambda seconds: np.zeros(seconds * 16_000, np.float32))
    monkeypatch.setattr("perception.models.store.ModelStore.path", _nowhere)
    case = measured(audio_bench()).cases["clip_3s"]
    assert (case.outcome, case.judged) == ("no_speech", False)


def test_the_voice_speaks_and_pauses() -> None:
    voice = synthetic_voice(6)
    assert voice.shape == (96_000,)
    assert np.array_equal(voice, synthetic_voice(6))
    assert np.abs(voice).max() <= 1
    assert len(VoiceActivity().stretches(voice)) >= 2


def test_vision_with_the_drawn_face() -> None:
    result = measured(vision_bench())
    assert result.cases["detector_haar"].outcome == "1 face"
    assert result.cases["detector_haar_no_face"].outcome == "0 faces"
    assert result.cases["frame"].judged
    assert "classifier" in result.cases
    assert result.cases["crop"].judged
    assert result.cases["frame_tracked"].judged
    assert "frame / frame_tracked" in result.ratios
    assert "drawn" in result.notes[0]
    assert ("deepface" in result.cases) != any("DeepFace was not measured" in note for note in result.notes)


def test_vision_with_a_picture_without_a_face_says_so() -> None:
    result = measured(vision_bench(empty_room()[:200]))
    assert "640 x 200" in result.notes[0]
    assert (result.cases["frame"].outcome, result.cases["frame"].judged) == ("no_face", False)


@pytest.mark.parametrize("shape", [(480, 640, 3), (1000, 100, 3), (1, 5000, 3), (30, 40, 3)])
def test_any_picture_is_fitted_to_a_frame(shape: tuple[int, int, int]) -> None:
    frame = fitted(np.full(shape, 200, np.uint8))
    assert frame.shape == (HEIGHT, WIDTH, 3)
    assert frame.dtype == np.uint8
    assert frame.max() == 200


def test_somebody_sways_within_the_picture_and_comes_back() -> None:
    frames = swaying(drawn_face())
    assert {frame.shape for frame in frames} == {(HEIGHT, WIDTH, 3)}
    columns = [HaarDetector().detect(frames[at])[0].centre[0] for at in (0, 10, 30)]
    assert columns == pytest.approx([320, 350, 290], abs=25)
    assert columns[2] < columns[0] < columns[1]


def test_the_drawn_face_is_where_it_was_drawn() -> None:
    (box,) = HaarDetector().detect(drawn_face())
    assert box.centre == pytest.approx((320, 250), abs=25)


def test_a_turn_keeps_what_it_used_to_tell(tmp_path: Path) -> None:
    steps: list[tuple[int, int, str]] = []
    done = asyncio.run(bench_turn(tmp_path, turns=26, progress=lambda *step: steps.append(step)))
    shown = json.loads(json.dumps(done.as_dict()))
    assert set(shown["overhead_ms"]) == {"turn_1", "turn_26"}
    assert set(shown["conversation_ms"]) == {"median", "p95"}
    assert shown["turns"] == 26
    assert shown["growth"] == pytest.approx(shown["ratios"]["turn_last / turn_first"]["median"], rel=0.01)
    assert 200 < shown["db_bytes_per_turn"] < 20_000
    assert shown["machine"]["cores"] >= 1
    assert {name: case["runs"] for name, case in shown["cases"].items()} == {
        "turn_first": 25,
        "turn_last": 25,
        "turn_all": 26,
    }
    assert steps[-1] == (26, 26, "turns")


def test_the_stages_of_a_fresh_process() -> None:
    assert list(cold_text(ENGLISH[0])) == STAGES
    assert [stage for stage in cold_audio(3.0) if not stage.startswith("_")] == STAGES
    assert [stage for stage in cold_vision() if not stage.startswith("_")] == STAGES
    assert [stage for stage in cold_turn() if not stage.startswith("_")] == STAGES


def test_what_several_observations_say_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [Observation(modality=Modality.TEXT, status=Status.EMPTY, model="m")] * 7
    scores = EmotionScores.of({"sad": 1.0})
    answers.append(Observation(modality=Modality.TEXT, status=Status.OK, model="m", scores=scores))
    monkeypatch.setattr(EmbeddedText, "perceive", lambda self, _: answers[0])
    (case, *_) = text_bench().cases
    assert case.outcome is not None
    outcome = case.outcome(answers)
    assert (outcome.said, outcome.judged) == ("7 empty, 1 ok", False)

"""How fluently a recording was spoken is shown beside what was said in it."""

from __future__ import annotations

import json

import pytest

from agent.perceiving import Perceived, perceive
from agent.senses import Senses
from api.shown import fluency_line
from evals.bench.voice import synthetic_voice
from perception import AudioClip, Modality, Status
from perception.speech.vad import VoiceActivity
from perception.testing import ScriptedPerceiver, ScriptedTranscriber

pytestmark = pytest.mark.unit

SAID = "um I I think we should all of us go home now"


async def listened(*, voice: bool = True, status: Status = Status.OK, transcribe: bool = True) -> Perceived:
    senses = Senses(
        audio=ScriptedPerceiver(Modality.AUDIO) if voice else None, speech=ScriptedTranscriber(SAID, status=status)
    )
    try:
        return await perceive(senses, clip=AudioClip(samples=synthetic_voice(5.0)), transcribe=transcribe)
    finally:
        senses.close()


async def test_a_transcribed_recording_shows_its_fluency() -> None:
    perceived = await listened()
    shown = json.loads(json.dumps(perceived.as_dict()))
    assert set(shown) == {"observations", "affect", "transcript", "fluency"}
    assert (shown["fluency"]["fillers"], len(shown["fluency"]["repairs"])) == (1, 1)
    assert perceived.fluency is not None
    assert "fillers 1, repairs 1" in fluency_line(perceived.fluency)


async def test_without_the_detector_of_speech_the_words_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    from perception import ModelMissing

    def missing(*_: object) -> None:
        raise ModelMissing("silero", "pip install faster-whisper")

    monkeypatch.setattr(VoiceActivity, "stretches", missing)
    perceived = await listened()
    assert perceived.fluency is not None
    assert (perceived.fluency.heard, perceived.fluency.fillers) == (None, 1)


@pytest.mark.parametrize("how", [{"voice": False}, {"status": Status.NO_SPEECH}, {"transcribe": False}])
async def test_no_fluency_without_words_or_without_leave_to_hear_the_voice(how: dict[str, object]) -> None:
    perceived = await listened(**how)  # type: ignore[arg-type]
    assert perceived.fluency is None
    assert "fluency" not in perceived.as_dict()

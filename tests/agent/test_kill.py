"""A process killed in the middle of a reply loses no finished turn, and the session goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perception import Modality

pytestmark = pytest.mark.unit

TALKER = """
import asyncio, sys
from pathlib import Path
from agent import Agent, Senses, TurnInput
from agent.testing import ScriptedChatModel
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver
from personas import PersonaBook

async def main():
    senses = Senses(text=ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 1})))
    chat = ScriptedChatModel(["A reply that takes its time. What is on your mind?"], chunk=2, delay=0.01)
    async with Agent.open(database=Path(sys.argv[1]), senses=senses, chat=chat, book=PersonaBook.load()) as agent:
        session = await agent.memory.session(sys.argv[2])
        for number in range(1000):
            async for event in agent.turn(session.session_id, TurnInput(text=f"message {number}")):
                print(event.kind, flush=True)

asyncio.run(main())
"""


async def test_kill_in_mid_reply(talk: Any, tmp_path: Path) -> None:
    async with talk() as t:
        session_id = t.session.session_id
    process = subprocess.Popen(
        [sys.executable, "-c", TALKER, str(tmp_path / "talk.sqlite3"), session_id],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    finished = deltas = 0
    for line in process.stdout:
        finished += line == "done\n"
        deltas = deltas + 1 if line == "delta\n" else 0
        if finished == 3 and deltas == 4:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    process.wait()
    async with talk(session_id=session_id) as t:
        before = await t.agent.memory.history(session_id)
        assert [turn.number for turn in before] == [1, 2, 3]
        assert all(turn.reply.endswith("What is on your mind?") for turn in before)
        assert (await t.say("still there?")).number == 4
        assert t.session.consent[Modality.TEXT]

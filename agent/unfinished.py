"""What an interrupted turn leaves behind: the part of it that was delivered is part of the conversation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from agent.events import Delta, Fused, Routed, Transcribed, TurnEvent
from agent.language import reply_language
from memory import AffectMemory, TurnRecord
from perception import Affect
from perception.observation import now


@dataclass(kw_only=True, slots=True)
class Unfinished:
    """Notes of a running turn."""

    session_id: str
    """Whose turn it is."""
    persona: str
    """Who answers."""
    lang: str | None
    """ISO 639-1 code asked for, for the turn or the session."""
    text: str = ""
    """What was typed."""
    turn_id: str | None = None
    """The turn's, where it was given one as `TurnInput.turn_id`: then it is never written twice, whatever the clock
    does."""
    started_at: datetime = field(default_factory=now)
    """When it began."""
    reason: str = "chosen"
    """Why that persona."""
    transcript: str = ""
    """What was said."""
    affect: Affect | None = None
    """What was felt."""
    pieces: list[str] = field(default_factory=list)
    """The reply so far."""

    def note(self, event: TurnEvent) -> None:
        """Remember what an event says."""
        match event:
            case Transcribed(transcript=heard):
                self.transcript = heard.text
            case Fused(affect=affect):
                self.affect = affect
            case Routed(persona=persona, reason=reason):
                self.persona, self.reason = persona, reason
            case Delta(text=piece):
                self.pieces.append(piece)
            case _:
                pass

    def delivered(self, characters: int | None) -> str:
        """The reply as far as it reached the person."""
        return "".join(self.pieces)[:characters]

    async def keep(self, memory: AffectMemory, reply: str, *, by: str = "user") -> TurnRecord | None:
        """Write the turn as interrupted; nothing where nothing was delivered, for then nothing was answered.

        Args:
            memory: The conversations.
            reply: What was delivered.
            by: Who or what interrupted it; a code.

        Returns:
            The turn as it is written: the whole, where the interruption came when it had just been.

        Raises:
            MemoryStoreError: it cannot be written.
        """
        last = await memory.recent_turns(self.session_id, 1)
        if last and self._is(last[0]):
            return last[0]  # the interruption came when it had just been written
        return await memory.record_turn(self._record(reply, by)) if reply else None

    def _is(self, turn: TurnRecord) -> bool:
        return turn.started_at >= self.started_at if self.turn_id is None else turn.turn_id == self.turn_id

    def _record(self, reply: str, by: str) -> TurnRecord:
        return TurnRecord(
            turn_id=self.turn_id or uuid.uuid4().hex,
            session_id=self.session_id,
            number=0,
            started_at=self.started_at,
            finished_at=now(),
            persona=self.persona,
            route_reason=self.reason,
            lang=reply_language(self.text or self.transcript, wanted=self.lang),
            user_text=self.text,
            transcript=self.transcript,
            reply=reply,
            interrupted=True,
            affect=self.affect,
            trace={"interrupted_by": by},
        )

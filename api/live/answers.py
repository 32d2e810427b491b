"""What people say about a turn beside the conversation: that they were read wrong, and whether to hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.live.thread import Job, Taken
from api.wire import CorrectionNoted, HandoffAnswer, UserCorrection, WireError

if TYPE_CHECKING:
    from api.live.session import LiveSession


async def correct(session: LiveSession, frame: UserCorrection) -> None:
    """Keep a correction; it holds from the next turn on.

    Raises:
        WireError: `nothing_to_correct`, the turn is not in the database.
        MemoryStoreError: the same where no turn is named, or the database cannot be used.
    """
    number = None
    if frame.turn is not None and (number := session.numbers.get(frame.turn)) is None:
        message = f"turn: turn {frame.turn} is not over, or was not kept; leave it out to correct the last one"
        raise WireError("nothing_to_correct", message, field="turn")
    kept = await session.agent.correct(
        session.session_id, number=number, emotion=frame.emotion, text=frame.text.strip(), shared=frame.share
    )
    session.log.add(
        CorrectionNoted,
        turn=frame.turn or 0,
        number=kept.number,
        read=kept.read,
        emotion=kept.emotion,
        shared=kept.shared,
    )


async def answer_handoff(session: LiveSession, frame: HandoffAnswer) -> Taken | None:
    """Take an answer; the other persona takes over when the turn that runs has ended.

    Raises:
        NoHandoffOffered: no such offer is open.
    """
    persona = await session.agent.answer_handoff(session.session_id, frame.accept, offer=frame.offer)
    if not frame.accept:
        return None

    async def hand_over() -> None:
        session.route(persona, "handed_over", turn=0)

    return session.when_free(Job(start=lambda _: (None, hand_over())))

"""A session that is taken up from the database: what its client may have missed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from api.live.failures import tell
from api.wire import ReplyDone, WireError

if TYPE_CHECKING:
    from api.live.session import LiveSession
    from memory import Resumption, TurnRecord


def token_hash(token: str) -> bytes:
    """What is kept of a token. It holds 256 random bits, so a plain hash cannot be turned back."""
    return sha256(token.encode()).digest()


def lost_frames() -> WireError:
    """That a replay has a gap."""
    return WireError("replay_incomplete", "some of what was missed is not kept any more; see the history")


def tell_missed(session: LiveSession, left: Resumption, last_turn: int | None) -> None:
    """Send `reply.done` of the turns that a client may not have heard the end of.

    Args:
        session: Taken up just now.
        left: As it was left.
        last_turn: `number` of the last turn that the client knows to be over; None where it does not say: then it is
            told of the last one that it began.
    """
    turns = left.past.turns
    if last_turn is None:
        missed = [turn for turn in turns[-1:] if turn.turn_id == left.turn_id]
    else:
        missed = [turn for turn in turns if turn.number > last_turn]
        if missed and missed[0].number > last_turn + 1:
            tell(session.log, lost_frames(), None, session.metrics)
    places = places_of(left)
    for turn in missed:
        _tell_turn(session, turn, place=places[turn.number])
    if left.lost:
        session.log.add(
            ReplyDone,
            turn=left.turn,
            turn_id=None,
            number=None,
            text="",
            persona=left.past.session.persona,
            interrupted=True,
            trace={"interrupted_by": "restart"},
            recovered=True,
        )


def places_of(left: Resumption) -> dict[int, int]:
    """By the number of a turn in the database, `turn` of the frames it had.

    Of the turns before the last, those that left nothing are not known any more.
    """
    turns = left.past.turns
    if not turns:
        return {}
    last = left.turn if turns[-1].turn_id == left.turn_id else left.turn - 1
    return {turn.number: max(1, last - (turns[-1].number - turn.number)) for turn in turns}


def _tell_turn(session: LiveSession, turn: TurnRecord, *, place: int) -> None:
    session.log.add(
        ReplyDone,
        turn=place,
        turn_id=turn.turn_id,
        number=turn.number,
        text=turn.reply,
        persona=turn.persona,
        interrupted=turn.interrupted,
        trace=dict(turn.trace),
        recovered=True,
    )

"""Which of the frames that a client hears belong to the turn it asked for."""

from __future__ import annotations

from collections.abc import Iterator

from api.errors import ConnectionLost, FrameRefused, ThreadIsBusy
from api.linking.link import Link
from api.wire import ErrorFrame, ReplyDone, ServerFrame, SessionStarted, ThreadBusy, TurnStarted


class TurnEars:
    """Picks a turn out of what is heard, also when the connection breaks in the middle of it."""

    def __init__(self, link: Link, about: str, text: str | None) -> None:
        """Begin before the frame is sent.

        Args:
            link: Where the frames come from.
            about: `type` of the frame that asks for the turn.
            text: Its words; None where it takes up the turn that broke, whose number is in use already.
        """
        self._link = link
        self._about = about
        self._text = text
        self._floor = link.last_turn if text is not None else 0
        self._number_before = link.last_number or 0
        self._resumptions = link.resumptions
        self._turn: int | None = None
        self._queued = False
        self._others: set[int] = set()
        self.over = False
        """The turn has ended."""
        self.unheard = False
        """The connection broke before the server had the frame: it is to be sent again."""

    def sent(self) -> None:
        """The frame has been sent just now: only a break from here on can have lost it."""
        self._resumptions = self._link.resumptions

    @property
    def settled(self) -> bool:
        """The server has taken the frame: what it says of frames of that type now is about others."""
        return self._turn is not None or self._queued or self.over

    def take(self, frame: ServerFrame) -> Iterator[ServerFrame]:
        """Hear a frame; yields it where it belongs to the turn.

        Raises:
            ThreadIsBusy: another turn runs.
            FrameRefused: the turn was refused, or broke.
            ConnectionLost: the server has lost it.
        """
        self.unheard = False
        match frame:
            case ThreadBusy(about=self._about) if not self.settled:
                yield self._busy(frame)
            case SessionStarted(resumed=True):
                self._resumed(frame)
            case TurnStarted() if not self._is_mine(frame):
                self._others.add(frame.turn)
            case ErrorFrame(about=self._about, turn=0) as error if not self.settled:
                raise refused(error)
            case ReplyDone(recovered=True) if (frame.number or 0) > self._number_before or self._belongs(frame):
                self.over = True
                yield frame
            case _ if self._belongs(frame):
                yield from self._event(frame)

    def _event(self, frame: ServerFrame) -> Iterator[ServerFrame]:
        if isinstance(frame, ErrorFrame) and frame.ends_turn:
            raise refused(frame)
        self.over = isinstance(frame, ReplyDone)
        yield frame

    def _busy(self, frame: ThreadBusy) -> ThreadBusy:
        if frame.policy == "reject":
            raise ThreadIsBusy(f"a turn is running, so {self._about} was not taken; interrupt it, or wait for its end")
        self._queued = True
        return frame

    def _is_mine(self, frame: TurnStarted) -> bool:
        if self._turn is None and self._text is not None and frame.text.strip() == self._text.strip():
            self._turn = frame.turn
        return self._turn == frame.turn

    def _belongs(self, frame: ServerFrame) -> bool:
        if self._turn is None and not self._queued and frame.turn > self._floor and frame.turn not in self._others:
            self._turn = frame.turn
        return frame.turn == self._turn

    def _resumed(self, frame: SessionStarted) -> None:
        """What was missed has been heard by now; what runs may be ours."""
        if self._link.resumptions == self._resumptions:
            return  # it was another client that came back
        self._resumptions = self._link.resumptions
        if frame.running is not None:
            return
        if self._turn is not None:
            raise ConnectionLost("the server has lost the turn when the connection broke; say it again")
        self._queued, self.unheard = False, True


def refused(error: ErrorFrame) -> FrameRefused:
    """An `error` frame as an exception."""
    return FrameRefused(error.message, code=error.code, retryable=error.retryable, retry_after_s=error.retry_after_s)

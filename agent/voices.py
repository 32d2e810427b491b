"""How the people of running sessions usually sound: in memory only, and forgotten with the session."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from perception.audio import SpeakerBaseline

MOST: Final = 1000
"""Sessions that are remembered; that whose voice was heard longest ago is forgotten first."""


class Voices:
    """A baseline for each session. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: OrderedDict[str, SpeakerBaseline] = OrderedDict()

    def of(self, session_id: str) -> SpeakerBaseline:
        """What is usual for the person of a session; nothing at first."""
        from perception.audio import SpeakerBaseline

        with self._lock:
            found = self._of.pop(session_id, None) or SpeakerBaseline()
            self._of[session_id] = found
            while len(self._of) > MOST:
                self._of.popitem(last=False)
            return found

    def forget(self, session_id: str) -> None:
        """Let go of what was learned of a voice."""
        with self._lock:
            self._of.pop(session_id, None)

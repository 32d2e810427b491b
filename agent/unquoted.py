"""A reply without the machine's own notes, should the model repeat one."""

from __future__ import annotations

from functools import cache

from agent.phrases import note

_MARK = "\0"


class Unquoted:
    """Pieces of a reply go in, and come out without "(What I notice: ...)".

    The persona must never read its notes aloud, and is told so; small models do it all the same, since their examples
    hold such notes. Only what may be the beginning of one is held back, so that a reply streams as it comes.
    """

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._held = ""
        self._closes = ""
        self._begun = False
        self.dropped = 0
        """Notes left out so far."""

    def feed(self, piece: str) -> str:
        """What of the reply may be shown by now, beyond what was."""
        self._held += piece
        return self._shown(self._take())

    def end(self) -> str:
        """What was held back and is no note after all; a note that was not closed is left out."""
        rest, self._held = "" if self._closes else self._held, ""
        return self._shown(rest)

    def _take(self) -> str:
        out = ""
        while self._held:
            if self._closes:
                _, found, self._held = self._held.partition(self._closes)
                if not found:
                    return out
                self._closes = ""
                continue
            low = self._held.lower()
            places = [(low.find(opens), opens, closes) for opens, closes in _frames() if opens in low]
            if not places:
                keep = max((_begins(low, opens) for opens, _ in _frames()), default=0)
                shown = self._held[: len(self._held) - keep]
                self._held = self._held[len(shown) :]
                return out + shown
            at, opens, self._closes = min(places)
            out, self._held = out + self._held[:at], self._held[at + len(opens) :]
            self.dropped += 1
        return out

    def _shown(self, text: str) -> str:
        if not self._begun:
            text = text.lstrip()
        self._begun = self._begun or bool(text)
        return text


@cache
def _frames() -> tuple[tuple[str, str], ...]:
    """How notes begin and end, in lower case."""
    framed = [note(_MARK, lang).partition(_MARK) for lang in ("en", "zh")]
    return tuple((before.rstrip().lower(), after[-1]) for before, _, after in framed)


def _begins(text: str, opens: str) -> int:
    """How many characters at the end of a text may be the beginning of a note."""
    return next((length for length in range(len(opens) - 1, 0, -1) if text.endswith(opens[:length])), 0)

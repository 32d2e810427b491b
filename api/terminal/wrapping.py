"""A reply that appears piece by piece, wrapped between words and not within them."""

from __future__ import annotations

from typing import IO

from rich.cells import cell_len


class WrappingWriter:
    """Writes pieces of text as they come, holding back no more than the word that is still being spelt.

    Characters two cells wide (Chinese) may stand at either side of a line's end, as is usual for them.
    """

    def __init__(self, file: IO[str], width: int | None) -> None:
        """Take where to write.

        Args:
            file: Flushed after each piece.
            width: Cells in a line; None does not wrap.
        """
        self._file = file
        self._width = width
        self._column = 0
        self._word = ""

    def write(self, piece: str) -> None:
        """Write a piece of the reply."""
        if self._width is None:
            self._file.write(piece)
        else:
            for character in piece:
                self._take(character)
        self._file.flush()

    def end(self) -> None:
        """Write what was held back; the next reply begins a line."""
        self._put(self._word)
        self._word, self._column = "", 0
        self._file.flush()

    def _take(self, character: str) -> None:
        if not character.isspace() and cell_len(character) < 2:
            self._word += character
            return
        self._put(self._word)
        self._word = ""
        if character == "\n":
            self._file.write("\n")
            self._column = 0
        elif not (character.isspace() and self._column >= (self._width or 0)):
            self._put(character)

    def _put(self, text: str) -> None:
        width, cells = self._width or 0, cell_len(text)
        if self._column and self._column + cells > width:
            self._file.write("\n")
            self._column = 0
            text = text.lstrip()
        self._file.write(text)
        self._column += cell_len(text)

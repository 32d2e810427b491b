"""What a person has chosen: the senses that are on, and the files that go with the next message."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import InputInvalid
from api.terminal.texts import say

if TYPE_CHECKING:
    from collections.abc import Collection

    from perception import Modality


class Choices:
    """Changed by `/senses`, `/image` and `/audio`."""

    def __init__(
        self,
        lang: str,
        *,
        possible: Collection[Modality],
        deployment: str,
        consent: Mapping[Modality, bool] | None = None,
        image: Path | None = None,
        audio: Path | None = None,
    ) -> None:
        """Begin with every sense that is possible.

        Args:
            lang: Of what the person sees.
            possible: The senses that there are where Attune is used.
            deployment: What it is used for.
            consent: What the person allowed before, where a session goes on.
            image: Goes with the first message.
            audio: Goes with the first message.
        """
        from perception import Modality

        self._lang = lang
        self._possible = frozenset(possible)
        self._deployment = deployment
        self._attached = {command: path for command, path in (("/image", image), ("/audio", audio)) if path}
        allowed = dict.fromkeys(Modality, True) if consent is None else consent
        self.consent = {m: m in self._possible and allowed.get(m, False) for m in Modality}
        """What the person allows, by sense."""

    def attach(self, command: str, name: str) -> str:
        """Send a file with the next message; returns what to show.

        Raises:
            InputInvalid: there is no such file.
        """
        path = Path(name).expanduser()
        if not path.is_file():
            raise InputInvalid(f"there is no file {str(path)!r}; {command} takes the path of a file")
        self._attached[command] = path
        return say("attached", self._lang, file=path.name)

    def take(self, command: str) -> Path | None:
        """The file that goes with this message, and no longer with the next."""
        return self._attached.pop(command, None)

    def switch(self, words: list[str]) -> str:
        """Turn a sense on or off, as in `vision off`; returns what to show.

        Raises:
            InputInvalid: that cannot be meant.
        """
        from perception import Modality

        if not words:
            return self.senses_on()
        if len(words) != 2 or words[0] not in set(Modality) or words[1] not in ("on", "off"):
            raise InputInvalid(f"/senses takes vision, audio or text and on or off, not {' '.join(words)!r}")
        sense, on = Modality(words[0]), words[1] == "on"
        if on and sense not in self._possible:
            raise InputInvalid(f"no {sense} sense where Attune is used for {self._deployment!r}")
        self.consent[sense] = on
        return self.senses_on()

    def senses_on(self) -> str:
        """Which senses the person allows."""
        return say("senses", self._lang, on=", ".join(m for m, on in self.consent.items() if on) or "-")

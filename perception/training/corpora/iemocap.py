"""IEMOCAP: dialogues of ten actors in pairs, improvised and scripted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

from perception.emotions import Emotion
from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.dialogues import in_context
from perception.training.corpora.example import Example, Span
from perception.training.corpora.files import lines, walk
from perception.training.corpora.registry import corpus
from perception.training.errors import CorpusOptionInvalid, TrainingDataMissing

_SECONDS: Final = r"\d+(?:\.\d+)?"
_NUMBER: Final = r"-?\d+(?:\.\d+)?"
_LABELLED: Final = re.compile(
    rf"\[({_SECONDS}) - ({_SECONDS})\]\s+(Ses\d\d[FM]_\w+_[FM]\w*\d+)\s+([a-z]+)\s+"
    rf"\[({_NUMBER}), ({_NUMBER}), ({_NUMBER})\]\s*"
)
_SPOKEN: Final = re.compile(rf"(Ses\d\d[FM]_\w+_[FM]\w*\d+)\s+\[({_SECONDS})-({_SECONDS})\]:\s*(.*)")
_EMOTIONS: Final[Mapping[str, Emotion]] = {
    "hap": Emotion.HAPPY,
    "exc": Emotion.HAPPY,
    "sad": Emotion.SAD,
    "ang": Emotion.ANGRY,
    "fea": Emotion.FEAR,
    "sur": Emotion.SURPRISE,
    "dis": Emotion.DISGUST,
    "neu": Emotion.NEUTRAL,
}
_NO_EMOTION: Final = {"xxx": "raters differ", "fru": "frustrated", "oth": "other"}


@corpus
class Iemocap(Corpus):
    """Excited counts as happy. Frustrated is none of the seven and is left out, unless it is asked for as angry.

    There is no split by the authors; a session has two actors of its own, and is noted.
    """

    name = "iemocap"
    title = "IEMOCAP"
    modalities = ("text", "audio")
    languages = ("en",)
    licence = "research only, by agreement"
    citation = (
        "Busso, C. et al. (2008). IEMOCAP: Interactive emotional dyadic motion capture database. Language Resources "
        "and Evaluation 42(4), 335-359."
    )
    url = "https://sail.usc.edu/iemocap/"
    layout = (
        "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt, Session1/dialog/transcriptions/Ses01F_impro01.txt, "
        "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav"
    )

    def __init__(self, *, frustrated: Literal["leave-out", "angry"] = "leave-out") -> None:
        """Say what frustrated turns count as.

        Raises:
            CorpusOptionInvalid: `frustrated` is neither `leave-out` nor `angry`.
        """
        if frustrated not in ("leave-out", "angry"):
            raise CorpusOptionInvalid(f"frustrated={frustrated!r} is neither 'leave-out' nor 'angry'")
        self._emotions = {**_EMOTIONS, **({"fru": Emotion.ANGRY} if frustrated == "angry" else {})}

    def rows(self, root: Path) -> Iterator[Row]:
        found = False
        for path in walk(root, (".txt",)):
            # its folders Categorical, Attribute and Self-evaluation hold what single raters said
            if path.parent.name == "EmoEvaluation":
                found = True
                yield from self._dialogue(path)
        if not found:
            raise TrainingDataMissing(f"{self.title}: no dialog/EmoEvaluation/*.txt below {str(root)!r}")

    def _dialogue(self, path: Path) -> Iterator[Row]:
        dialog = path.parent.parent
        words = _words(dialog / "transcriptions" / path.name)
        turns = {match[3]: self._row(match, words, dialog, path.stem) for match in _labelled(path)}
        unlabelled = (name for name in words if name not in turns)
        turns.update((name, LeftOut(reason="unlabelled")) for name in unlabelled)
        order = [*words, *(name for name in turns if name not in words)]
        yield from in_context((path.stem, words.get(name, ""), turns[name]) for name in order)

    def _row(self, match: re.Match[str], words: Mapping[str, str], dialog: Path, dialogue: str) -> Row:
        start, end, turn, label, valence, activation, dominance = match.groups()
        if (emotion := self._emotions.get(label)) is None:
            return LeftOut(reason="label", detail=_NO_EMOTION.get(label, label))
        audio, span = _sound(dialog, dialogue, turn, Span(start=float(start), end=float(end)))
        if audio is None and turn not in words:
            return LeftOut(reason="missing")
        return Example(
            id=turn,
            emotion=emotion,
            label=label,
            text=words.get(turn),
            audio=audio,
            span=span,
            speaker=f"{turn[:5]}{turn.rpartition('_')[2][0]}",
            dialogue=dialogue,
            lang="en",
            extra={
                "session": turn[3:5],
                "gender": "female" if turn.rpartition("_")[2][0] == "F" else "male",
                "kind": "improvised" if "impro" in dialogue else "scripted",
                "valence": valence,
                "activation": activation,
                "dominance": dominance,
                **({"folded": {"exc": "excited", "fru": "frustrated"}[label]} if label in {"exc", "fru"} else {}),
            },
        )


def _labelled(path: Path) -> Iterator[re.Match[str]]:
    return (match for line in lines(path) if (match := _LABELLED.fullmatch(line)))


def _words(path: Path) -> dict[str, str]:
    """What was said, by turn, in the order in which the turns begin; empty without the file."""
    if not path.is_file():
        return {}
    spoken = [match.groups() for line in lines(path) if (match := _SPOKEN.fullmatch(line.strip()))]
    return {turn: words.strip() for turn, _, _, words in sorted(spoken, key=lambda turn: (float(turn[1]), turn[0]))}


def _sound(dialog: Path, dialogue: str, turn: str, span: Span) -> tuple[Path | None, Span | None]:
    """The recording of a turn, or that of its dialogue with the part that is meant; neither when both are absent."""
    sentence = dialog.parent / "sentences" / "wav" / dialogue / f"{turn}.wav"
    if sentence.is_file():
        return sentence, None
    whole = dialog / "wav" / f"{dialogue}.wav"
    return (whole, span) if whole.is_file() else (None, None)

"""A text with the words marked that carry what is felt in it: by colour, or by signs where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

if TYPE_CHECKING:
    from perception import Emotion
    from perception.text import Explanation, WordShare

HUES: Final = {
    "happy": (236, 179, 23),
    "sad": (66, 133, 214),
    "angry": (217, 56, 56),
    "fear": (149, 88, 196),
    "surprise": (231, 126, 35),
    "disgust": (76, 160, 74),
    "neutral": (150, 150, 150),
}
"""Red, green and blue of each emotion."""

MARKED: Final = 0.2
"""Part of the strongest share from which a word is marked."""

_TITLE: Final = {"en": "words that carry “{emotion}”:", "zh": "让人感到“{emotion}”的词："}
_AGAINST: Final = {"en": "(struck through: they speak against it)", "zh": "（划掉的词起相反作用）"}
_NOTHING: Final = {"en": "no words carry it: nothing was felt in them", "zh": "没有可说明的词：文字里没有感受到什么"}


def explained(explanation: Explanation, text: str, lang: str, *, colour: bool) -> Text:
    """The text, drawn. In colour, hue is the emotion and intensity the share; else `word[happy +0.31]`.

    Args:
        explanation: Its places are places in `text`.
        text: As it was given.
        lang: Of the labels, `en` or `zh`.
        colour: Whether the terminal has colours.
    """
    from agent.phrases import name_emotion

    words, emotion = explanation.words, explanation.emotion
    strongest = max((abs(word.share) for word in words), default=0.0)
    if emotion is None or not strongest:
        return Text(_in(_NOTHING, lang), style="dim")
    name = name_emotion(emotion, lang)
    drawn = Text(_in(_TITLE, lang).format(emotion=name) + "\n")
    against, place = False, 0
    for word in words:
        drawn.append(_shown(text[place : word.start]))
        part = word.share / strongest
        against = against or part <= -MARKED
        piece = _shown(text[word.start : word.end])
        drawn.append_text(_coloured(piece, emotion, part) if colour else _signed(piece, word, name, part))
        place = word.end
    drawn.append(_shown(text[place:]))
    return drawn.append("\n" + _in(_AGAINST, lang), style="dim") if against and colour else drawn


def _coloured(piece: str, emotion: Emotion, part: float) -> Text:
    if abs(part) < MARKED:
        return Text(piece)
    if part < 0:
        return Text(piece, style="dim strike")
    red, green, blue = (round(128 + (channel - 128) * part) for channel in HUES[emotion])
    return Text(piece, style=f"{'bold ' if part > 1 / 2 else ''}rgb({red},{green},{blue})")


def _signed(piece: str, word: WordShare, name: str, part: float) -> Text:
    return Text(f"{piece}[{name} {word.share:+.2f}]" if abs(part) >= MARKED else piece)


def _shown(text: str) -> str:
    """Without what would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _in(forms: dict[str, str], lang: str) -> str:
    return forms.get(lang, forms["en"])

"""What both training and run time do to a text before its n-grams are taken."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from perception.text.traditional import SIMPLIFIED

_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "\ufe0f": None, "\u200d": None})
_SKIN: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
_LINK: Final = re.compile(r"(?:https?://|www\.)[^\s\u4e00-\u9fff]+")
_MENTION: Final = re.compile(r"@[\w-]{1,30}")
_MASKED: Final = re.compile(r"\[(?:name|person|religion|location|organization)\]")
_RUN: Final = re.compile(r"(.)\1{3,}", re.DOTALL)
# subtitle corpora are tokenised ("do n't", "Why not ?"), people's typing is not
_DETACHED: Final = re.compile(r"\s+(?=[,.!?;:，。！？]|(?:n't|'s|'m|'re|'ve|'ll|'d)\b)")
# after lower-casing; the longer ones first
_EMOTICONS: Final = (
    (re.compile(r">:-?\("), "😠"),
    (re.compile(r":'-?\(|(?<![a-z0-9])(?:t[_.]t|qaq)(?![a-z0-9])"), "😢"),
    (re.compile(r"[:=]-?[(\[](?![a-z0-9])"), "🙁"),
    (re.compile(r"[:=]-?d(?![a-z0-9])|(?<![a-z0-9])xd+(?![a-z0-9])"), "😄"),
    (re.compile(r"[:=]-?[)\]]|\^_*\^"), "🙂"),
    (re.compile(r";-?\)"), "😉"),
    (re.compile(r"[:=]-?o(?![a-z0-9])"), "😮"),
    (re.compile(r":-?/(?!/)"), "😕"),
    (re.compile(r"</3"), "💔"),
    (re.compile(r"<3"), "❤"),
)
_MAYBE_EMOTICON: Final = re.compile(r"[:;=^<]|xd|qaq|t[_.]t")
_SPACE: Final = re.compile(r"\s+")


def normalise(text: str) -> str:
    """One spelling for what is written in many: width, case, script, quotes, links, names, drawn-out letters, spaces.

    Emoji stay, without skin tone, and emoticons become emoji; a letter repeated four times or
    more stays three times, since drawing it out is felt.
    """
    text = unicodedata.normalize("NFKC", text).lower().translate(_QUOTES).translate(SIMPLIFIED)
    text = _SKIN.sub("", text)
    text = _LINK.sub(" url ", text)
    text = _MENTION.sub(" @user ", text)
    text = _MASKED.sub(" name ", text)
    if _MAYBE_EMOTICON.search(text):
        for pattern, emoji in _EMOTICONS:
            text = pattern.sub(emoji, text)
    text = _RUN.sub(r"\1\1\1", text)
    return _SPACE.sub(" ", _DETACHED.sub("", text)).strip()

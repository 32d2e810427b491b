"""One number for how hesitantly something was said."""

from __future__ import annotations

from typing import Final

JUDGED_FROM: Final = 10
"""Words (characters in Chinese) besides fillers under which a rate in a hundred says nothing: an own choice."""
USUAL_FILLED: Final = {"en": 2.6, "zh": 0.7}
"""Filled pauses in a hundred words. English: Bortfeld et al. (2001), "Disfluency rates in conversation", Language and
Speech 44(2). Mandarin: 10.7 in a thousand words, Zhao & Jurafsky (2005), "A preliminary study of Mandarin filled
pauses", DiSS; here in a hundred characters, at 1.5 characters a word, which is an own choice."""
USUAL_REPAIRS: Final = {"en": 3.4, "zh": 2.3}
"""Repairs in a hundred words: repeats and restarts, Bortfeld et al. (2001). Nothing comparable is known to us for
Mandarin: the English rate in characters, an own choice."""
USUAL_SILENCE: Final = 0.17
"""Part of the time that is silent in interviews, as Grosjean & Deschamps (1975), Phonetica 31, found in English."""
FULL: Final = 4.0
"""Times the usual at which a part is at its most: an own choice; it puts what is usual at 0.25, twice that at 0.5."""
HESITANT: Final = 0.5
"""The score from which the cue `hesitant` is given: twice the usual in all, or much more in some."""


def hesitation_score(*, filled_per_hundred: float, repairs_per_hundred: float, pause_ratio: float, lang: str) -> float:
    """The mean of three parts, each in proportion to its measure: 0 where there is none of it, 0.25 where it is usual
    and 1 from `FULL` times the usual:

    - filled pauses in a hundred words, those not counted (`USUAL_FILLED`),
    - repairs in a hundred words (`USUAL_REPAIRS`),
    - the part of the time that is silent pauses (`USUAL_SILENCE`).

    They are the breakdown and repair fluency of Tavakoli & Skehan (2005); speed is left out, since who speaks slowly
    need not hesitate, and so are discourse markers. Equal weights are an own choice. The score never falls when one of
    the three rises. It tells how somebody spoke, neither why nor what they feel.

    Args:
        filled_per_hundred: 0 or more; characters in Chinese.
        repairs_per_hundred: 0 or more; characters in Chinese.
        pause_ratio: in [0, 1].
        lang: ISO 639-1 code; it chooses what is usual, English where it is neither `en` nor `zh`.

    Returns:
        In [0, 1].
    """
    code = lang.partition("-")[0].lower()
    parts = (
        filled_per_hundred / USUAL_FILLED.get(code, USUAL_FILLED["en"]),
        repairs_per_hundred / USUAL_REPAIRS.get(code, USUAL_REPAIRS["en"]),
        pause_ratio / USUAL_SILENCE,
    )
    return sum(min(1.0, max(0.0, part) / FULL) for part in parts) / len(parts)

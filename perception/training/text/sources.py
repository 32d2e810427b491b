"""Which corpora make which text model, with what weight, and what is known of its limits."""

from __future__ import annotations

from functools import partial
from typing import Final

from perception.training.text.data import Corpus
from perception.training.text.marked import marked
from perception.training.text.phrases import phrases

EKMAN: Final = frozenset({"joy", "sadness", "anger", "fear", "surprise", "disgust", "neutral"})
"""Labels of GoEmotions that are the seven emotions by name: rows with one of them alone are few, and three in four are
neutral. Figures on them are for comparison with systems that were measured so, and beside the majority only."""

ENGLISH: Final = (
    Corpus(
        name="GoEmotions train, curiosity and confusion",
        file="goemotions",
        licence="Apache-2.0 / CC-BY-4.0",
        where={
            "split": ("train",),
            "labels28": ("curiosity", "confusion", "confusion,curiosity", "curiosity,confusion"),
        },
        weight=0.5,
        commercial=True,
        tuned_on=True,
        note="labelled surprise by the mapping to 7; each row counts 0.5, else every question becomes surprise",
    ),
    Corpus(
        name="GoEmotions train",
        file="goemotions",
        licence="Apache-2.0 / CC-BY-4.0",
        where={"split": ("train",)},
        commercial=True,
        tuned_on=True,
        required=True,
        note="Reddit comments; 28 labels mapped to 7, ambiguous ones dropped",
    ),
    Corpus(
        name="XED English",
        file="xed",
        licence="CC-BY-4.0",
        where={"lang": ("en",)},
        weight=0.3,
        commercial=True,
        note="film subtitles with a single label; no neutral, so each row counts 0.3",
    ),
    Corpus(
        name="BRIGHTER English",
        file="brighter_semeval2025_t11_trackA",
        licence="CC-BY-4.0",
        where={"lang": ("eng",)},
        weight=0.3,
        commercial=True,
        note="single label; each row counts 0.3",
    ),
    Corpus(
        name="Plain phrases, English",
        file="",
        licence="Apache-2.0",
        where={},
        weight=1.5,
        commercial=True,
        made=partial(phrases, "en"),
        note="composed for Attune: small talk, questions, stated feelings, emoji; each row counts 1.5",
    ),
    Corpus(
        name="Marked phrases, English",
        file="",
        licence="Apache-2.0",
        where={},
        weight=0.7,
        commercial=True,
        made=partial(marked, "en"),
        note="composed for Attune: negation, contrast, irony, kaomoji, orders to the reader; each row counts 0.7",
    ),
    Corpus(
        name="GoEmotions dev",
        file="goemotions",
        licence="Apache-2.0 / CC-BY-4.0",
        where={"split": ("dev",)},
        commercial=True,
        held_out=1.0,
    ),
    Corpus(
        name="MELD dev (another domain)",
        file="meld",
        licence="GPL-3.0-only",
        where={"split": ("dev",)},
        held_out=1.0,
    ),
    Corpus(
        name="XDailyDialog English (another domain)",
        file="xdailydialog_en",
        licence="CC-BY-NC-SA-4.0",
        where={},
        held_out=1.0,
    ),
)
"""The English corpora. MELD and XDailyDialog only measure: what ships derives from sets that allow commercial use."""

CHINESE: Final = (
    Corpus(
        name="SMP2020-EWECT virus train",
        file="zh_smp2020_ewect",
        licence="research use",
        where={"split": ("train",)},
        tuned_on=True,
        required=True,
        note="Weibo of the epidemic; no disgust",
    ),
    Corpus(
        name="SMP2020-EWECT usual",
        file="zh_smp2020_ewect",
        licence="research use",
        where={"split": ("dev",), "domain": ("usual",)},
        weight=3.0,
        held_out=0.25,
        tuned_on=True,
        note="everyday Weibo; three quarters of its development split train, a row counting 3; no disgust",
    ),
    Corpus(
        name="CLUE emotion 2020",
        file="zh_clue_emotion2020",
        licence="research use",
        where={},
        note="Weibo; no neutral; its development split, used here for training",
    ),
    Corpus(
        name="CPED",
        file="zh_cped",
        licence="Apache-2.0",
        where={},
        weight=0.3,
        commercial=True,
        held_out=0.2,
        note="TV dialogue labelled with sight and sound, so each row counts 0.3; a fifth of the dialogues is held out",
    ),
    Corpus(
        name="XDailyDialog Chinese",
        file="xdailydialog_zh",
        licence="CC-BY-NC-SA-4.0",
        where={},
        weight=0.3,
        held_out=0.2,
        note="everyday dialogue, nine in ten rows neutral: a row counts 0.3; a fifth of the dialogues is held out",
    ),
    Corpus(
        name="XED Chinese",
        file="xed",
        licence="CC-BY-4.0",
        where={"lang": ("zh", "cn")},
        weight=0.3,
        commercial=True,
        note="film subtitles, labels projected from English, so each row counts 0.3",
    ),
    Corpus(
        name="BRIGHTER Chinese",
        file="brighter_semeval2025_t11_trackA",
        licence="CC-BY-4.0",
        where={"lang": ("chn",)},
        commercial=True,
        note="single label",
    ),
    Corpus(
        name="Plain phrases, Chinese",
        file="",
        licence="Apache-2.0",
        where={},
        weight=1.5,
        commercial=True,
        made=partial(phrases, "zh"),
        note="composed for Attune: small talk, questions, stated feelings, emoji; each row counts 1.5",
    ),
    Corpus(
        name="Marked phrases, Chinese",
        file="",
        licence="Apache-2.0",
        where={},
        weight=0.7,
        commercial=True,
        made=partial(marked, "zh"),
        note="composed for Attune: negation, contrast, irony, kaomoji, orders to the reader; each row counts 0.7",
    ),
    Corpus(
        name="SMP2020-EWECT virus dev",
        file="zh_smp2020_ewect",
        licence="research use",
        where={"split": ("dev",), "domain": ("virus",)},
        held_out=1.0,
    ),
)
"""The Chinese corpora."""

MELD: Final = (
    Corpus(
        name="MELD train",
        file="meld",
        licence="GPL-3.0-only",
        where={"split": ("train",)},
        tuned_on=True,
        required=True,
        note="TV dialogue; for experiments, not for weights that are shared",
    ),
    Corpus(
        name="MELD dev",
        file="meld",
        licence="GPL-3.0-only",
        where={"split": ("dev",)},
        held_out=1.0,
    ),
)
"""In domain, to see what earlier turns bring."""

STRICT: Final = tuple(
    Corpus(
        name=f"GoEmotions {split}, strict Ekman",
        file="goemotions",
        licence="Apache-2.0 / CC-BY-4.0",
        where={"split": (split,), "labels28": tuple(sorted(EKMAN))},
        commercial=True,
        tuned_on=split == "train",
        required=split == "train",
        held_out=1.0 if split == "dev" else 0.0,
        note="rows of one label that is one of the seven by name; three in four are neutral",
    )
    for split in ("train", "dev")
)
"""For comparison with systems that were trained and measured on such rows alone."""

CORPORA: Final = {"en": ENGLISH, "zh": CHINESE, "meld": MELD, "strict": STRICT}
"""By language, or by the name of an experiment's own."""

SUMMARY: Final = {
    "en": "Linear model over word and character n-grams for the emotion of English text.",
    "zh": "Linear model over character n-grams for the emotion of Chinese text.",
}

LIMITS: Final = {
    "en": (
        "Learnt from Reddit comments: on spoken dialogue it is right far less often (see its second set of figures).",
        "It reads one utterance without context, so irony and feelings that were implied earlier are lost.",
        "Fear and disgust were rare in training and are missed most.",
        "Word order beyond two words is invisible: long negations may be read the wrong way round.",
        "A plain question may still be taken for surprise: GoEmotions counts curiosity as surprise.",
    ),
    "zh": (
        "Learnt mostly from Weibo, part of it about the epidemic; everyday speech is read less well.",
        "Written for simplified characters: only the commonest traditional ones are converted; others are unknown.",
        "Disgust is rare in its corpora, and absent from the largest; it is seldom answered.",
        "Reads one utterance without context; emotion in TV dialogue is mostly in face and voice (see CPED).",
    ),
}

ENCODER_SUMMARY: Final[dict[str, str]] = {
    "en": "Six-layer transformer (MiniLM) blended with n-grams, for the emotion of English text and its embedding.",
    "zh": "The lowest layers of multilingual-e5-small, its vocabulary cut to what Chinese needs, blended with n-grams, "
    "for the emotion of Chinese text and its embedding.",
}

ENCODER_LIMITS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "Learnt mostly from Reddit comments: on spoken dialogue it is right far less often (see the figures of MELD).",
        "Irony without a mark is seldom seen.",
        "Fear and disgust were rare in training and are missed most.",
        "A plain question may be taken for surprise: GoEmotions counts curiosity as surprise.",
        "Of a text of more than 64 word pieces the middle is left out.",
    ),
    "zh": (
        "Learnt mostly from Weibo, part of it about the epidemic; everyday speech is read less well.",
        "Written for simplified characters: only the commonest traditional ones are converted.",
        "Disgust is rare in its corpora, and absent from the largest; it is seldom answered.",
        "Emotion in TV dialogue is mostly in face and voice, and the words alone do not tell it (see CPED).",
        "Of a text of more than 64 word pieces the middle is left out.",
    ),
}

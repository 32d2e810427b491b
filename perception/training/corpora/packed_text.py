"""Text corpora that are read from the packed layout alone (see `packed`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from perception.training.corpora.base import Corpus, Row
from perception.training.corpora.packed import packed_file, packed_rows
from perception.training.corpora.registry import corpus
from perception.training.errors import TrainingDataMissing


class PackedText(Corpus):
    """A text corpus in the packed layout."""

    modalities = ("text",)
    takes_file = True
    files: ClassVar[tuple[tuple[str, str | None], ...]]
    """Names of its tables, without ending, and the language of each; None where a column says it."""
    label: ClassVar[str] = "emotion"
    """The column of the authors' labels, or several, with blanks between them, that are 1 or 0."""

    def rows(self, root: Path) -> Iterator[Row]:
        tables = [(packed_file(root, file), lang) for file, lang in self.files]
        if not any(table for table, _ in tables):
            raise TrainingDataMissing(f"{self.title}: {self.layout} is neither in {str(root)!r} nor in its folder text")
        for table, lang in tables:
            if table is not None:
                # parallel texts have one dialogue in two languages, so that it falls into one split
                yield from packed_rows(table, lang=lang, label=self.label, prefix=f"{lang}/" if len(tables) > 1 else "")


@corpus
class EmoryNlp(PackedText):
    """Joyful, peaceful and powerful count as happy."""

    name = "emorynlp"
    title = "EmoryNLP"
    languages = ("en",)
    files = (("emorynlp", "en"),)
    licence = "GPL-3.0-only (the copy in MELD)"
    citation = "Zahiri, S. M. & Choi, J. D. (2018). Emotion Detection on TV Show Transcripts. AAAI workshops 2018."
    url = "https://github.com/emorynlp/emotion-detection"
    layout = "emorynlp.tsv.gz"


@corpus
class XDailyDialog(PackedText):
    """Parallel dialogues; a dialogue in English and in Chinese is the same dialogue."""

    name = "xdailydialog"
    title = "XDailyDialog"
    languages = ("en", "zh")
    files = (("xdailydialog_en", "en"), ("xdailydialog_zh", "zh"))
    licence = "CC-BY-NC-SA-4.0"
    citation = "Liu, Z. et al. (2023). XDailyDialog: A Multilingual Parallel Dialogue Corpus. ACL 2023, 12240-12253."
    url = "https://github.com/liuzeming01/XDailyDialog"
    layout = "xdailydialog_en.tsv.gz, xdailydialog_zh.tsv.gz"


@corpus
class Xed(PackedText):
    """Rows with one label, but for anticipation and trust, which are none of the seven."""

    name = "xed"
    title = "XED"
    languages = ("en", "zh")
    files = (("xed", None),)
    label = "labels8"
    licence = "CC-BY-4.0"
    commercial = True
    citation = (
        "Öhman, E., Pàmies, M., Kajava, K. & Tiedemann, J. (2020). XED: A Multilingual Dataset for Sentiment Analysis "
        "and Emotion Detection. COLING 2020, 6542-6552."
    )
    url = "https://github.com/Helsinki-NLP/XED"
    layout = "xed.tsv.gz"


@corpus
class Brighter(PackedText):
    """Rows with one label, or with none, which is neutral."""

    name = "brighter"
    title = "BRIGHTER, SemEval 2025 task 11 A"
    languages = ("en", "zh")
    files = (("brighter_semeval2025_t11_trackA", None),)
    label = "anger disgust fear joy sadness surprise"
    licence = "CC-BY-4.0"
    commercial = True
    citation = (
        "Muhammad, S. H. et al. (2025). BRIGHTER: BRIdging the Gap in Human-Annotated Textual Emotion Recognition "
        "Datasets for 28 Languages. ACL 2025."
    )
    url = "https://github.com/emotion-analysis-project/SemEval2025-Task11"
    layout = "brighter_semeval2025_t11_trackA.tsv.gz"


@corpus
class Smp2020(PackedText):
    """Weibo, everyday and of the epidemic; no disgust."""

    name = "smp2020-ewect"
    title = "SMP2020-EWECT"
    languages = ("zh",)
    files = (("zh_smp2020_ewect", "zh"),)
    label = "label"
    licence = "research use"
    citation = "SMP2020 Evaluation of Weibo Emotion Classification Technology, Harbin Institute of Technology (2020)."
    url = "https://smp2020ewect.github.io/"
    layout = "zh_smp2020_ewect.tsv.gz"


@corpus
class ClueEmotion(PackedText):
    """Weibo without neutral; like counts as happy."""

    name = "clue-emotion"
    title = "CLUE emotion analysis 2020"
    languages = ("zh",)
    files = (("zh_clue_emotion2020", "zh"),)
    label = "label"
    licence = "research use"
    citation = (
        "Li, M., Long, Y., Qin, L. & Li, W. (2016). Emotion Corpus Construction Based on Selection from Hashtags."
    )
    url = "https://github.com/CLUEbenchmark/CLUEDatasetSearch"
    layout = "zh_clue_emotion2020.tsv.gz"


@corpus
class Cped(PackedText):
    """Chinese television; labelled with sight and sound."""

    name = "cped"
    title = "CPED"
    languages = ("zh",)
    files = (("zh_cped", "zh"),)
    licence = "Apache-2.0"
    commercial = True
    citation = (
        "Chen, Y. et al. (2022). CPED: A Large-Scale Chinese Personalized and Emotional Dialogue Dataset for "
        "Conversational AI. arXiv 2205.14727."
    )
    url = "https://github.com/scutcyr/CPED"
    layout = "zh_cped.tsv.gz"

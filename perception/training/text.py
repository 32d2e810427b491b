"""Training the text sense: one linear n-gram model a language, in minutes and without PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perception.emotions import EMOTIONS
from perception.text.model import TextModel, load_model, save_model, softmax
from perception.training import text_fit
from perception.training.errors import TrainingDataMissing
from perception.training.report import Figures, Source, TrainingReport, measure
from perception.training.text_data import Corpus, Row, Split, gather
from perception.training.text_fit import Block, Features, Settings
from perception.training.text_sources import CORPORA, GRID, LIMITS, SUMMARY

Progress = Callable[[float, str], None]

SPLITS = (
    "A normalised text occurs once: rows held out claim it first, then the development rows (a tenth of the main "
    "corpora by hash), then the training rows. Dialogues are parted whole. Settings, temperature and threshold were "
    "chosen on the development rows alone; the final fit has them too. What a row of each corpus counts was set by "
    "hand in early trials that had also seen held-out figures, so those are slightly hopeful. The figures are those of "
    "the file that ships, measured with the code that runs."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Choice:
    """What the development rows decided."""

    settings: Settings
    temperature: float
    threshold: float
    figures: Figures
    tried: int


def train_text(
    data: Path, out: Path, *, minutes: float, seed: int = 0, progress: Progress | None = None
) -> tuple[TrainingReport, ...]:
    """Train the English and the Chinese model, and write weights and figures.

    The required corpora are GoEmotions and SMP2020-EWECT; others that are absent are left out, and the licence of the
    weights follows from those that were there.

    Args:
        data: folder of the TSV files (`goemotions.tsv.gz` ...), or the folder above it when they are in `text/`.
        out: folder for `text-<lang>-tfidf-1.npz`; made when absent.
        minutes: budget of the search for settings, in minutes of wall time, shared by the languages; one setting
            is always tried, and the final fit comes on top.
        seed: of the solver.
        progress: called with the part done, in [0, 1], and what is going on.

    Raises:
        TrainingDataMissing: a required corpus is not in `data`, or has too few rows to part.
    """
    tell = progress or (lambda _fraction, _message: None)
    splits = {lang: _split(data, lang, CORPORA[lang]) for lang in CORPORA}
    out.mkdir(parents=True, exist_ok=True)
    reports = []
    for i, (lang, split) in enumerate(splits.items()):
        share = _Share(tell, i / len(splits), 1 / len(splits), minutes * 60 / len(splits))
        reports.append(_train_language(lang, split, out, seed, minutes, share))
    tell(1.0, "done")
    return tuple(reports)


class _Share:
    """One language's part of the progress and of the budget."""

    def __init__(self, tell: Progress, start: float, width: float, seconds: float) -> None:
        self._tell, self._start, self._width = tell, start, width
        self.began = time.monotonic()
        self.ends = self.began + seconds

    def __call__(self, fraction: float, message: str) -> None:
        self._tell(self._start + self._width * fraction, message)


def _split(data: Path, lang: str, corpora: Sequence[Corpus]) -> Split:
    split = gather(data, corpora)
    emotions = {row.emotion for row in split.fit}
    if len(emotions) < 2 or not split.tune or not split.held_out:
        raise TrainingDataMissing(
            f"the rows for {lang!r} in {str(data)!r} are too few: {len(split.fit)} to train on with {len(emotions)} "
            f"emotions, {len(split.tune)} to tune on, {len(split.held_out)} held-out sets; get the whole corpora"
        )
    return split


def _train_language(lang: str, split: Split, out: Path, seed: int, minutes: float, share: _Share) -> TrainingReport:
    name = f"text-{lang}-tfidf-1"
    choice = _choose(name, split, GRID[lang], seed, share)
    share(0.8, f"{name}: final fit on {len(split.fit) + len(split.tune):,} rows")
    rows = (*split.fit, *split.tune)
    model = text_fit.fit(name, rows, text_fit.features(rows, choice.settings.blocks), choice.settings, seed)
    model = replace(model, temperature=choice.temperature, threshold=choice.threshold)
    path = out / f"{name}.npz"
    save_model(model, path)
    share(0.95, f"{name}: measuring on {sum(map(len, split.held_out.values())):,} held-out rows")
    shipped = load_model(path)
    figures, calibration = _measure(shipped, split.held_out)
    used = [corpus for corpus in CORPORA[lang] if split.counts.get(corpus.name)]
    return TrainingReport(
        model=name,
        weights=(path,),
        summary=SUMMARY[lang],
        licence="CC-BY-4.0" if all(c.commercial for c in used) else "research, non-commercial",
        sources=tuple(Source(name=c.name, licence=c.licence, rows=split.counts[c.name], note=c.note) for c in used),
        splits=SPLITS,
        figures=figures,
        limits=LIMITS[lang],
        command=f"attune train text --data DIR --budget-minutes {minutes:g} --seed {seed}",
        seconds=time.monotonic() - share.began,
        notes=_notes(shipped, choice, calibration),
    )


def _choose(name: str, split: Split, grid: Sequence[Settings], seed: int, share: _Share) -> _Choice:
    """The settings with the best mean of accuracy and macro-F1 on the development rows, within the budget."""
    best: _Choice | None = None
    counted: dict[tuple[Block, ...], Features] = {}
    for tried, settings in enumerate(grid):
        if best and time.monotonic() > share.ends:
            break
        share(0.8 * tried / len(grid), f"{name}: {_words(settings)}")
        if settings.blocks not in counted:
            counted[settings.blocks] = text_fit.features(split.fit, settings.blocks)
        model = text_fit.fit(name, split.fit, counted[settings.blocks], settings, seed)
        choice = _judge(model, split.tune, settings)
        if best is None or _worth(choice.figures) > _worth(best.figures):
            best = choice
        best = replace(best, tried=tried + 1)
    assert best is not None
    return best


def _words(settings: Settings) -> str:
    blocks = " and ".join(f"{block.analyzer} {block.low}-{block.high}" for block in settings.blocks)
    return f"{blocks}, C {settings.penalty:g}, balance {settings.balance:g}, Bayes {settings.bayes:g}"


def _worth(figures: Figures) -> float:
    return (figures.accuracy + figures.macro_f1) / 2


def _judge(model: TextModel, rows: Sequence[Row], settings: Settings) -> _Choice:
    logits, truth = text_fit.decisions(model, rows), text_fit.targets(rows)
    temperature = text_fit.temperature(logits, truth)
    probabilities = softmax(logits / temperature)
    answers = [EMOTIONS[i] for i in probabilities.argmax(axis=1)]
    return _Choice(
        settings=settings,
        temperature=temperature,
        threshold=text_fit.threshold(probabilities, truth),
        figures=measure("development", [row.emotion for row in rows], answers),
        tried=1,
    )


def _measure(model: TextModel, held_out: Mapping[str, Sequence[Row]]) -> tuple[tuple[Figures, ...], dict[str, str]]:
    figures, calibration = [], {}
    for name, rows in held_out.items():
        probabilities, truth = softmax(text_fit.decisions(model, rows)), text_fit.targets(rows)
        answers = [EMOTIONS[i] for i in probabilities.argmax(axis=1)]
        figures.append(measure(name, [row.emotion for row in rows], answers))
        sure = probabilities.max(axis=1) >= model.threshold
        right = probabilities.argmax(axis=1)[sure] == truth[sure]
        calibration[name] = (
            f"expected calibration error {text_fit.calibration_error(probabilities, truth):.3f}; answers "
            f"{sure.mean():.1%} of the rows, {right.mean() if sure.any() else 0.0:.1%} of those right"
        )
    return tuple(figures), calibration


def _notes(model: TextModel, choice: _Choice, calibration: Mapping[str, str]) -> dict[str, str]:
    blocks = "; ".join(f"{len(b.vocabulary):,} of {b.analyzer} {b.low}-{b.high}" for b in model.blocks)
    return {
        "n-grams": blocks,
        "settings": f"{_words(choice.settings)}; the best of {choice.tried} tried",
        "development rows": f"accuracy {choice.figures.accuracy:.3f}, macro-F1 {choice.figures.macro_f1:.3f}",
        "temperature": f"{model.temperature:g}",
        "threshold": f"{model.threshold:g} (uncertain below it)",
        **calibration,
    }

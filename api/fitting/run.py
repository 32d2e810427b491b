"""The fit, and what is written of it: a report, pictures, and the trust that a persona can include."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from api.errors import InputInvalid
from api.evaluating import Shown, shown_language
from api.fitting.loading import Source, Tell, find_source, lines_of, read_labels
from api.fitting.report import as_dict, summary_lines, trust_yaml
from api.fitting.sensing import sense_rows
from api.settings import load_settings

if TYPE_CHECKING:
    from perception.fusion.fitting import Fit, Reading, ScoredRows


@dataclass(frozen=True, kw_only=True, slots=True)
class FitOrders:
    """What was asked for."""

    data: Path
    """Rows of scores, a manifest of evidence, or the folder of a corpus."""
    out: Path | None = None
    """Folder of what is written; `runs/fit-fusion/<name>` when None."""
    labels: Path | None = None
    """A manifest with the labels, where the rows have none."""
    label_column: str = "label"
    """Of `labels`."""
    group: str | None = None
    """Column of what rows depend on."""
    corpus: str | None = None
    """Layout of a folder."""
    split: str | None = None
    """Of a corpus."""
    limit: int | None = None
    """Rows of evidence, at most."""
    cache: Path | None = None
    """Where scores are kept; in `out` when None."""
    pooling: Literal["linear", "log"] = "log"
    """How weighted scores become one."""
    metric: Literal["accuracy", "macro_f1"] = "macro_f1"
    """What to make as high as it goes."""
    step: float = 0.02
    """Between trusts."""
    stacking: bool = False
    """Whether to fit a model on top too."""
    resamples: int = 200
    """Of the bootstrap."""
    seed: int = 0
    """Of the bootstrap."""
    lang: str | None = None
    """Of summary and pictures."""


def run_fit(orders: FitOrders, *, tell: Tell) -> Shown:
    """Read or make the scores, search, and write.

    Raises:
        InputInvalid: the data or an option cannot be used, or the output cannot be written.
        ScoresUnusable: no row can be fitted to.
        TrainingDataMissing: a folder is no corpus.
        SettingsInvalid: a setting is not what it should be.
    """
    lang = shown_language(orders.lang, load_settings())
    source = find_source(orders.data, corpus=orders.corpus, split=orders.split, limit=orders.limit)
    folder = orders.out or Path("runs/fit-fusion") / orders.data.stem
    reading = _reading(orders, source, folder, tell)
    from perception.fusion.fitting import stack

    tell(1.0, "searching")
    began = time.perf_counter()
    fit = _fitted(orders, reading.rows)
    seconds = time.perf_counter() - began
    stacked = stack(reading.rows) if orders.stacking else None
    told = as_dict(fit, reading, source.name, stacked, search_seconds=_search_seconds(orders, reading.rows))
    told["run"]["fit_seconds"] = round(seconds, 3)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, fit, reading, told, lang)
    except OSError as error:
        raise InputInvalid(f"cannot write into {str(folder)!r} ({error}); choose another --out") from error
    return Shown(
        json=json.dumps(told, ensure_ascii=False, indent=2),
        summary=tuple(summary_lines(fit, reading, source.name, stacked, folder, lang)),
    )


def _reading(orders: FitOrders, source: Source, folder: Path, tell: Tell) -> Reading:
    from perception.fusion.fitting import read_scores

    scored = source.scored
    lines = lines_of(scored) if scored is not None else sense_rows(source, orders.cache or folder, tell)
    labels = read_labels(orders.labels, orders.label_column) if orders.labels else {}
    return read_scores(lines, labels=labels, group=orders.group or source.group)


def _fitted(orders: FitOrders, rows: ScoredRows) -> Fit:
    from perception.fusion.fitting import fit_trust
    from personas.presets import PRESETS

    try:
        return fit_trust(
            rows,
            pooling=orders.pooling,
            metric=orders.metric,
            step=orders.step,
            rivals={str(name): dict(trust) for name, trust in PRESETS.items()},
            resamples=orders.resamples,
            seed=orders.seed,
        )
    except ValueError as error:
        raise InputInvalid(f"--step {orders.step:g}: {error}") from error


def _search_seconds(orders: FitOrders, rows: ScoredRows) -> float:
    """Processor time of the search alone, which is what grows with rows and steps."""
    from perception.fusion.fitting import search

    began = time.process_time()
    search(rows, pooling=orders.pooling, step=orders.step)
    return time.process_time() - began


def _write(folder: Path, fit: Fit, reading: Reading, told: Mapping[str, Any], lang: str) -> None:
    from perception.metrics import measure
    from perception.metrics.plots import plot_confusion, plot_ternary, save

    report = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    (folder / "report.json").write_text(report, encoding="utf-8")
    (folder / "trust.yaml").write_text(trust_yaml(fit, reading, told["data"]["name"]), encoding="utf-8")
    metric = getattr(fit.searched, fit.metric)
    heat = plot_ternary(fit.searched.trusts, metric, best=tuple(fit.trust.values()), metric=fit.metric, lang=lang)
    save(heat, folder / "simplex.png")
    figures = measure(told["data"]["name"], fit.predictions, resamples=0)
    save(plot_confusion(figures, lang=lang), folder / "confusion.png")

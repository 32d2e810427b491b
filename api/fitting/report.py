"""What was found, for programs, for people, and for a persona."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.words import say as say_of

if TYPE_CHECKING:
    from perception.fusion.fitting import Fit, Reading, Stacked
    from perception.fusion.fitting.fit import Score
    from perception.metrics import Interval

_TEXTS = Path(__file__).with_name("texts.yaml")


def say(key: str, lang: str, **values: object) -> str:
    """A text in a language."""
    return say_of(_TEXTS, key, lang, **values)


def as_dict(fit: Fit, reading: Reading, name: str, stacked: Stacked | None, *, search_seconds: float) -> dict[str, Any]:
    """JSON-ready. Everything but `run` follows from the rows and the options."""
    from perception.metrics import compare, measure
    from perception.metrics.values import plain

    figures = measure(name, fit.predictions, resamples=0)
    stacking = None
    if stacked is not None:
        stacking = {
            "held_out": _score(stacked.held_out),
            "against_trust": compare(fit.predictions, stacked.predictions).as_dict(),
        }
    return {
        "kind": "attune.fit-fusion",
        "version": 1,
        "data": {
            "name": name,
            "rows": len(reading.rows),
            "left_out": dict(reading.left_out),
            "grouped_by": reading.grouped_by,
            "groups": len(set(reading.rows.groups)) if reading.rows.groups else None,
            "heard": {m.value: int(reading.rows.heard[:, place].sum()) for place, m in enumerate(fit.trust)},
            "majority": figures.majority.value,
            "majority_accuracy": round(figures.majority_accuracy, 4),
        },
        "method": {"pooling": fit.pooling, "metric": fit.metric, "combinations": len(fit.searched.trusts)},
        "trust": {m.value: trust for m, trust in fit.trust.items()},
        "intervals": {m.value: _interval(each) for m, each in fit.intervals.items()},
        "score": _score(fit.score),
        "score_interval": _interval(fit.score_interval),
        "held_out": {"folds": fit.folds, **_score(fit.held_out)},
        "rivals": {
            rival: {
                "trust": {m.value: trust for m, trust in each.trust.items()},
                **_score(each.score),
                "gain": plain(each.gain),
                "interval": _interval(each.interval),
            }
            for rival, each in fit.rivals.items()
        },
        "stacking": stacking,
        "figures": figures.as_dict(),
        "run": {"search_cpu_seconds": round(search_seconds, 3), "attune": version("attune-agent")},
    }


def trust_yaml(fit: Fit, reading: Reading, name: str) -> str:
    """The block that a persona's file takes as it is."""
    trust = ", ".join(f"{m.value}: {trust:g}" for m, trust in fit.trust.items())
    ends = "; ".join(f"{m.value} {each.low:.2f} to {each.high:.2f}" for m, each in fit.intervals.items())
    value, held_out = (getattr(score, fit.metric) for score in (fit.score, fit.held_out))
    return (
        f"# attune fit-fusion on {len(reading.rows):,} rows of {name}:\n"
        f"# {fit.metric} {value:.3f}, cross-validated {held_out:.3f}; {fit.pooling} pooling\n"
        + (f"# 95 % of resamples find the best trust in: {ends}\n" if ends else "")
        + f"perception:\n  trust: {{{trust}}}\n"
    )


def summary_lines(
    fit: Fit, reading: Reading, name: str, stacked: Stacked | None, folder: Path, lang: str
) -> Iterator[str]:
    """A few lines for a person."""
    left = sum(reading.left_out.values())
    yield say("rows", lang, rows=f"{len(reading.rows):,}", name=name, left=f"{left:,}")
    if left:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in reading.left_out.items())
        yield say("left", lang, reasons=reasons)
    for modality, trust in fit.trust.items():
        between = fit.intervals.get(modality)
        told = say("between", lang, low=f"{between.low:.2f}", high=f"{between.high:.2f}") if between else ""
        yield f"  {say(modality.value, lang):<8} {trust:.2f} {told}".rstrip()
    yield say("score", lang, **_told(fit.score), interval=_bracketed(fit.score_interval, fit.metric, lang))
    yield say("held_out", lang, folds=fit.folds, **_told(fit.held_out))
    for rival, each in fit.rivals.items():
        gain = say("gain", lang, gain=f"{100 * each.gain:+.1f}", interval=_points(each.interval, lang))
        yield f"  {rival:<12} {say('figures', lang, **_told(each.score))}; {gain}"
    if stacked is not None:
        yield say("stacking", lang, **_told(stacked.held_out))
    yield say("wrote", lang, folder=folder)


def _told(score: Score) -> dict[str, str]:
    return {"accuracy": f"{score.accuracy:.3f}", "macro_f1": f"{score.macro_f1:.3f}"}


def _score(score: Score) -> dict[str, float]:
    return {"accuracy": round(score.accuracy, 4), "macro_f1": round(score.macro_f1, 4)}


def _interval(each: Interval | None) -> list[float] | None:
    return None if each is None else [round(each.low, 4), round(each.high, 4)]


def _bracketed(each: Interval | None, metric: str, lang: str) -> str:
    if each is None:
        return ""
    return say("interval", lang, metric=say(metric, lang), low=f"{each.low:.3f}", high=f"{each.high:.3f}")


def _points(each: Interval | None, lang: str) -> str:
    if each is None:
        return ""
    return say("points", lang, low=f"{100 * each.low:+.1f}", high=f"{100 * each.high:+.1f}")

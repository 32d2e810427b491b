"""The card of a head: what it learned from, how good it is, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from perception.metrics.values import Interval
from perception.training.cards.markdown import cell, code, facts, plain, table
from perception.training.splits import PARTS
from perception.training.text.own.figures import LabelFigures
from perception.training.text.own.learn import Learned

if TYPE_CHECKING:
    from perception.training.text.own.write import OwnFiles

_NAMES: Final = {"accuracy": "accuracy", "macro_f1": "macro-F1", "uar": "UAR"}
_WIDEST: Final = 20
"""Labels up to which the confusion matrix is written out; the report has it always."""


def card_text(learned: Learned, files: OwnFiles, report: Mapping[str, Any]) -> str:
    """Markdown."""
    text = "\n".join(_body(learned, files, report))
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.rstrip("\n") + "\n"


def _body(learned: Learned, files: OwnFiles, report: Mapping[str, Any]) -> Iterator[str]:
    model = learned.model
    yield f"# {plain(files.weights.stem)}\n"
    bases = " and ".join(code(each.base) for each in model.dense)
    yield (
        f"Gives texts one of {len(model.labels)} labels: a linear head on what the text sense of Attune ({bases}) says "
        f"of them and on their n-grams, learned from {code(report['data'])}.\n"
    )
    for title, lines in (
        ("Licence", _licence(report)),
        ("Data", _data(report)),
        ("Held-out figures", _figures(learned)),
        ("Calibration and abstention", _calibration(learned)),
        ("Limits", _limits(learned)),
        ("Training", _training(learned, report)),
    ):
        yield f"\n## {title}\n"
        yield from lines


def _licence(report: Mapping[str, Any]) -> Iterator[str]:
    base = "; ".join(f"{code(name)}: {plain(licence)}" for name, licence in report["licences"].items()) or "not known"
    yield f"Your data, your licence. Base weights, which are needed to run it and are not in the file: {base}.\n"
    yield (
        "The file holds the labels of your table, and words and pieces of words that two or more of its rows share: "
        "hand it on only where you may hand those on."
    )


def _data(report: Mapping[str, Any]) -> Iterator[str]:
    rows = report["rows"]
    yield from table(
        ("label", *PARTS), ([cell(name), *map(cell, parts.values())] for name, parts in report["by_label"].items())
    )
    grouped = "groups were kept whole" if report["grouped"] else "each label was parted by the hash of its texts"
    used = sum(rows["parts"].values())
    yield f"Of {rows['table']:,} rows {used:,} were used; {grouped}. Digest of the split: {code(report['split'])}."
    left_out = {**rows["left_out"], "near copies": rows["near_copies"]}
    yield from _left_out({reason: count for reason, count in left_out.items() if count})
    for title, key in (("too few different texts", "rare_labels"), ("no group to train on", "untrained_labels")):
        if report[key]:
            yield f"\nLabels left out for {title}: " + ", ".join(f"{code(n)} ({c})" for n, c in report[key].items())


def _left_out(reasons: Mapping[str, int]) -> Iterator[str]:
    if reasons:
        yield "\nLeft out, by reason: " + ", ".join(f"{reason} {count:,}" for reason, count in reasons.items()) + "."


def _figures(learned: Learned) -> Iterator[str]:
    test, always = learned.test, learned.test.majority_accuracy
    groups = "" if test.groups is None else f" of {test.groups:,} groups"
    yield f"On {test.rows:,} test rows{groups}, which nothing was fitted to nor chosen by."
    header = ("", *_NAMES.values(), "ECE", "answered", "of those right")
    yield from table(
        header,
        (
            ("this model", *_row(test)),
            ("the same head on n-grams alone", *_row(learned.ngrams)),
            (f"always {code(test.majority)}", f"{always:.3f}", "", f"{1 / test.present:.3f}", "", "", ""),
        ),
    )
    for name, shown in _NAMES.items():
        gain = learned.gain[name]
        yield f"- what the text sense adds to n-grams, {shown}: {gain.difference:+.3f}{_interval(gain.interval)}"
    yield "\nIn brackets: 95 % interval, bootstrapped over " + ("groups." if test.groups is not None else "rows.")
    yield from table(
        ("label", "rows", "precision", "recall", "F1"),
        (
            (cell(name), cell(each.support), f"{each.precision:.2f}", f"{each.recall:.2f}", f"{each.f1:.2f}")
            for name, each in test.labels.items()
        ),
    )
    if len(test.labels) <= _WIDEST:
        yield from table(
            ("truth \\ answer", *map(cell, test.labels)),
            ((cell(name), *map(cell, row)) for name, row in zip(test.labels, test.confusion, strict=True)),
        )


def _row(figures: LabelFigures) -> tuple[str, ...]:
    values = [f"{getattr(figures, name):.3f}{_interval(figures.intervals.get(name))}" for name in _NAMES]
    right = "" if figures.answered_accuracy is None else f"{figures.answered_accuracy:.3f}"
    return (*values, f"{figures.ece:.3f}", f"{figures.coverage:.1%}", right)


def _interval(interval: Interval | None) -> str:
    return f" ({interval.low:.3f} to {interval.high:.3f})" if interval else ""


def _calibration(learned: Learned) -> Iterator[str]:
    threshold = learned.threshold
    chosen = f"{learned.folds} folds of training and development rows" if learned.folds else "development rows"
    yield from facts(
        {
            "fitted on": chosen,
            "temperature": f"{learned.model.temperature:.3f}",
            "no answer below a confidence of": f"{threshold.confidence:.3f}",
            "asked for": f"at most {learned.settings.risk:.0%} of the answers wrong"
            + ("" if threshold.reached else ", which no threshold kept there; this is the best there is"),
        }
    )


def _limits(learned: Learned) -> Iterator[str]:
    yield "- It knows the labels of your table, as whoever wrote them meant them, and nothing beside them."
    yield "- Figures hold for texts like those of the table; on others it may be sure and wrong."
    langs = ", ".join(sorted(code or "unknown" for code in learned.model.seen))
    yield f"- It answers in the languages it has seen ({langs or learned.model.lang}), and reads no earlier turns."
    yield "- It runs on the base model it was learned on alone; with another one it is to be trained again."


def _training(learned: Learned, report: Mapping[str, Any]) -> Iterator[str]:
    yield f"```\n{report['command']}\n```\n"
    settings = {name: str(value) for name, value in report["settings"].items()}
    yield from facts({**settings, "time": f"{learned.seconds:.0f} s"})

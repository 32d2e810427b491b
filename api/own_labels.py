"""Labels of a user's own from the command line: what was typed, and what is shown."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from api.errors import InputInvalid

if TYPE_CHECKING:
    from api.analyze.values import Row
    from perception.models.policy import WeightsPolicy
    from perception.training.text.own import LabelFigures, Labelled, Learned, OwnFiles

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "{name}: {labels} labels, learned from {rows:,} of {total:,} rows",
        "rows": "{n:,} test rows",
        "accuracy": "acc",
        "macro_f1": "F1",
        "uar": "UAR",
        "ece": "ECE",
        "coverage": "answered",
        "right": "right",
        "whole": "this model",
        "alone": "n-grams alone",
        "always": "always {label!r}",
        "gain": "the text sense adds {gain:+.3f} accuracy to n-grams{interval}",
        "interval": " (95 %: {low:+.3f} to {high:+.3f})",
        "left_out": "left out: {reasons}; the rows are listed in {report}",
        "rare": "labels left out, with fewer than 5 different texts: {labels}",
        "untrained": "labels left out, since their groups are held out: {labels}",
        "risk": "at no confidence are {right:.0%} of the answers right; the best there is was taken",
        "few": "only {n} test rows: the figures are rough",
        "wrote": "wrote {path}",
        "unreadable": "unreadable",
        "unlabelled": "unlabelled",
        "empty": "without text",
        "contradicting": "same text, other label",
        "copy": "copies",
        "near": "near copies",
        "rare label": "rare labels",
        "beyond the limit": "beyond 100,000",
    },
    "zh": {
        "title": "{name}：{labels} 个标签，共 {total:,} 行，学习了其中 {rows:,} 行",
        "rows": "{n:,} 行测试数据",
        "accuracy": "准确率",
        "macro_f1": "F1",
        "uar": "UAR",
        "ece": "ECE",
        "coverage": "作答",
        "right": "答对",
        "whole": "本模型",
        "alone": "仅 n-gram",
        "always": "总答“{label}”",
        "gain": "文本感知使准确率比仅用 n-gram 变化 {gain:+.3f}{interval}",
        "interval": "（95%：{low:+.3f} 至 {high:+.3f}）",
        "left_out": "未使用：{reasons}；行号见 {report}",
        "rare": "不同文本少于 5 条而未学习的标签：{labels}",
        "untrained": "所在分组全部留作测试而未学习的标签：{labels}",
        "risk": "没有任何置信度能使 {right:.0%} 的回答正确；已取最好的一个",
        "few": "只有 {n} 行测试数据：以上数字较粗略",
        "wrote": "已写入 {path}",
        "unreadable": "无法读取",
        "unlabelled": "没有标签",
        "empty": "没有文本",
        "contradicting": "文本相同而标签不同",
        "copy": "重复",
        "near": "近似重复",
        "rare label": "罕见标签",
        "beyond the limit": "超过 100,000 行",
    },
}
_ROUGH: Final = 100
"""Test rows under which figures are called rough."""
_NAMED: Final = 10

Tell = Callable[[float, str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnPlan:
    """What to learn from, and how."""

    data: Path
    """The table."""
    text_column: str
    """Of the words."""
    label_column: str
    """Of the labels."""
    group_column: str | None
    """Of what must not be parted; None where rows are independent."""
    lang: str | None
    """ISO 639-1 code of all texts; None where each tells."""
    encoding: str
    """Of the table."""
    risk: float
    """Part of the answers that may be wrong, in (0, 1)."""
    seed: int
    """Of all that is random."""
    policy: WeightsPolicy | None
    """Which base weights may be used; the settings' when None."""
    out: Path | None
    """The model to write; named after the table when None."""
    fresh: bool
    """Replace what is there."""

    @property
    def weights(self) -> Path:
        """The model to write."""
        return self.out or Path(f"{self.data.name.partition('.')[0]}-labels.npz")

    def command(self) -> str:
        """What gives the same model again."""
        told = ["attune", "train", "text", "--data", self.data.name]
        told += ["--text-column", self.text_column, "--label-column", self.label_column]
        told += ["--group-column", self.group_column] if self.group_column else []
        told += ["--lang", self.lang] if self.lang else []
        told += ["--encoding", self.encoding] if self.encoding != "utf-8" else []
        told += ["--weights-policy", self.policy] if self.policy else []
        return shlex.join([*told, "--risk", str(self.risk), "--seed", str(self.seed), "--out", self.weights.name])


def learn_table(plan: OwnPlan, tell: Tell) -> tuple[Learned, OwnFiles]:
    """Learn labels from a table, and write the model with its card, report and picture.

    Raises:
        InputInvalid: the table cannot be read as a whole, a column is missing, or the output cannot be written.
        TrainingError: it holds no labels that can be learned.
        ModelError: the text sense cannot work.
    """
    from api.settings import load_settings
    from perception.text.own import SenseBase
    from perception.training.text.own import OwnSettings, learn_labels, write_learned

    _check_out(plan)
    settings = load_settings()
    commercial_only = (plan.policy or settings.weights_policy) == "commercial"
    wanted = OwnSettings(lang=plan.lang, risk=plan.risk, seed=plan.seed)
    learned = learn_labels(table_rows(plan), SenseBase(commercial_only=commercial_only), wanted, tell)
    licences = _licences([each.lang for each in learned.model.dense], commercial_only=commercial_only)
    try:
        files = write_learned(
            learned,
            plan.weights,
            data=plan.data.name,
            command=plan.command(),
            licences=licences,
            lang=shown_in(),
        )
    except OSError as error:
        raise InputInvalid(
            f"cannot write {str(plan.weights)!r}: {error.strerror or error}; choose another --out"
        ) from error
    return learned, files


def table_rows(plan: OwnPlan) -> Iterator[Labelled]:
    """The rows of the table, by the readers of `attune analyze`.

    Raises:
        InputInvalid: it cannot be read as a whole, or a column is missing.
    """
    from api.analyze import AnalyzePlan
    from api.analyze.plan import ENCODINGS, require_pyarrow
    from api.analyze.reading import open_source
    from api.analyze.values import Columns, Position

    if plan.encoding not in ENCODINGS:
        raise InputInvalid(f"--encoding {plan.encoding!r} is not read here; write one of {', '.join(ENCODINGS)}")
    columns = Columns(text=plan.text_column, label=plan.label_column, group=plan.group_column)
    # nothing is written by it; a CSV file can hold whatever columns there are
    read = AnalyzePlan(source=plan.data, out=Path("none.csv"), columns=columns, encoding=plan.encoding)
    if read.source_kind == "parquet":
        require_pyarrow()
    try:
        with open_source(read) as source:
            for batch in source.batches(Position()):
                yield from map(_labelled, batch.rows)
    except OSError as error:
        raise InputInvalid(f"cannot read {str(plan.data)!r}: {error.strerror or error}; check the path") from error


def _labelled(row: Row) -> Labelled:
    from api.analyze.values import BROKEN
    from perception.training.text.own import Labelled

    faults = "; ".join(f"{each.cause.replace('_', ' ')} {each.detail}".strip() for each in row.faults)
    return Labelled(
        number=row.number,
        text=row.text,
        label=row.label,
        group=row.group,
        fault=(faults or BROKEN) if row.status == BROKEN else "",
    )


def _check_out(plan: OwnPlan) -> None:
    from perception.training.text.own import OwnFiles

    out = plan.weights
    if out.suffix != ".npz":
        raise InputInvalid(
            f"--out {str(out)!r} is to end in .npz; name it for example {out.with_suffix('.npz').name!r}"
        )
    if not out.absolute().parent.is_dir():
        raise InputInvalid(f"there is no folder {str(out.parent)!r} for --out; make it, or choose another")
    there = [path for path in OwnFiles.beside(out).all() if path.exists()]
    if there and not plan.fresh:
        raise InputInvalid(f"{str(there[0])!r} is there already; --fresh replaces it, or choose another --out")


def _licences(langs: list[str], *, commercial_only: bool) -> Mapping[str, str]:
    from perception.models.shipped import shipped_licence
    from perception.text.files import allowed

    files = [allowed(lang, commercial_only=commercial_only) for lang in langs]
    return {name: shipped_licence(name) for each in files if each for name in each.names}


def shown_in() -> str:
    """Language of what is shown: that of the settings, else of the terminal."""
    from api.settings import load_settings
    from api.terminal.texts import terminal_language

    return load_settings().lang or terminal_language()


def print_learned(learned: Learned, files: OwnFiles, *, as_json: bool) -> None:
    """Figures beside n-grams alone and the commonest label, what was left out, and where the files are."""
    if as_json:
        typer.echo(files.report.read_text(encoding="utf-8"), nl=False)
        return
    words = _WORDS[shown_in()]
    _table(learned, files, words)
    for line in _notes(learned, files, words):
        typer.echo(line)
    for path in files.all():
        typer.echo(words["wrote"].format(path=path))


def _table(learned: Learned, files: OwnFiles, words: Mapping[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    used = sum(map(len, learned.parts.rows.values()))
    title = words["title"].format(
        name=files.weights.stem, labels=len(learned.model.labels), rows=used, total=learned.gathered.total
    )
    table = Table(title=Text(title), title_justify="left")
    table.add_column(words["rows"].format(n=learned.test.rows), overflow="fold", min_width=16)
    for name in ("accuracy", "macro_f1", "uar", "ece", "coverage", "right"):
        table.add_column(words[name], justify="right", no_wrap=True)
    table.add_row(words["whole"], *_figures(learned.test))
    table.add_row(words["alone"], *_figures(learned.ngrams))
    always = words["always"].format(label=learned.test.majority)
    table.add_row(
        Text(always), f"{learned.test.majority_accuracy:.3f}", "", f"{1 / learned.test.present:.3f}", "", "", ""
    )
    Console().print(table)


def _figures(figures: LabelFigures) -> tuple[str, ...]:
    right = "" if figures.answered_accuracy is None else f"{figures.answered_accuracy:.3f}"
    numbers = (figures.accuracy, figures.macro_f1, figures.uar, figures.ece)
    return (*(f"{number:.3f}" for number in numbers), f"{figures.coverage:.0%}", right)


def _notes(learned: Learned, files: OwnFiles, words: Mapping[str, str]) -> Iterator[str]:
    gain = learned.gain["accuracy"]
    between = gain.interval
    told = words["interval"].format(low=between.low, high=between.high) if between else ""
    yield words["gain"].format(gain=gain.difference, interval=told)
    if learned.test.rows < _ROUGH:
        yield words["few"].format(n=learned.test.rows)
    if not learned.threshold.reached:
        yield words["risk"].format(right=1 - learned.settings.risk)
    left_out = {words[reason]: count for reason, count in learned.gathered.reasons.items()}
    left_out |= {words["near"]: learned.parts.near_copies} if learned.parts.near_copies else {}
    if left_out:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in left_out.items())
        yield words["left_out"].format(reasons=reasons, report=files.report.name)
    for key, labels in (("rare", learned.gathered.rare), ("untrained", learned.parts.untrained)):
        if labels:
            shown = ", ".join(f"{label!r} ({count})" for label, count in [*labels.items()][:_NAMED])
            yield words[key].format(labels=shown + (" …" if len(labels) > _NAMED else ""))

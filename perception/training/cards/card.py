"""Model cards, written from the run and from nothing else.

Source: Mitchell et al. (2019), "Model Cards for Model Reporting", FAT* 2019, 220-229.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from perception.observation import Modality
from perception.training.cards.figures import calibration_table, figure_tables
from perception.training.cards.front import fenced, front_matter
from perception.training.cards.licence import allows_commerce
from perception.training.cards.markdown import cell, code, facts, plain, table
from perception.training.cards.report import Source, TrainingReport

_EVIDENCE: Final = {
    Modality.VISION: "how a face looks",
    Modality.AUDIO: "how a voice sounds",
    Modality.TEXT: "what words say",
    "fusion": "what face, voice and words say together",
}
_USES_NOT_MEANT: Final = (
    "Inferring emotions from faces or voices at work, in education or in hiring (EU AI Act Art. 5(1)(f)).",
    "Diagnosis, or any finding about a person's health.",
    "Deciding about a person, or watching people who did not agree to it.",
)


def write_card(report: TrainingReport, folder: Path) -> Path:
    """Write `<model>.md` into a folder and return its path.

    Raises:
        LicenceForbids: a source forbids derivatives, so the weights may not be shared, and get no card.
    """
    # joined before the file is opened: what is refused leaves no half a card
    text = fenced(front_matter(report)) + "\n".join(_body(report)) + "\n"
    path = folder / f"{report.model}.md"
    path.write_text(_tidy(text), encoding="utf-8")
    return path


def _tidy(text: str) -> str:
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.rstrip("\n") + "\n"


def _body(report: TrainingReport) -> Iterator[str]:
    yield f"\n# {plain(report.model)}\n\n{plain(report.summary)}\n"
    yield f"Licence of the weights: **{report.licence.licence}**.\n\n{plain(report.licence.why)}\n"
    for title, lines in (
        ("Data", _data(report)),
        ("Splits", _splits(report)),
        ("Held-out figures", _figures(report)),
        ("Calibration and abstention", _calibration(report)),
        ("Limits", (f"- {plain(limit)}" for limit in report.limits)),
        ("Intended use", _use(report)),
        ("Speed and size", _speed(report)),
        ("Training", _training(report)),
        ("Export", facts(report.export) if report.export else iter(("The weights are used as they were trained.",))),
    ):
        yield f"\n## {title}\n"
        yield from lines


def _data(report: TrainingReport) -> Iterator[str]:
    header = ("set", "rows", "licence", "commercial use", "note")
    yield from table(header, (_source(source) for source in report.sources))
    if report.left_out:
        named = "; ".join(f"{plain(each.name)} ({plain(each.licence)})" for each in report.left_out)
        yield f"Left out, because the weights policy was `{report.policy}`: {named}."
    elif report.policy == "commercial":
        yield "The weights policy was `commercial`; no set had to be left out."


def _source(source: Source) -> tuple[str, ...]:
    note = ". ".join(text.rstrip(".") for text in (source.note, source.citation) if text)
    commercial = "yes" if allows_commerce(source) else "no"
    return (cell(source.name), cell(source.rows), cell(source.licence), commercial, cell(note))


def _splits(report: TrainingReport) -> Iterator[str]:
    splits = report.splits
    yield plain(splits.text)
    grouped = any(part.groups is not None for part in splits.parts.values())
    header = ("part", "rows", f"{report.resampled_by}s") if grouped else ("part", "rows")
    rows = ((cell(name), cell(part.rows), cell(part.groups))[: len(header)] for name, part in splits.parts.items())
    yield from table(header, rows)
    yield f"Duplicates dropped: {splits.duplicates:,}. Digest of the split: {code(splits.digest)}."


def _figures(report: TrainingReport) -> Iterator[str]:
    if report.crossed:
        yield (
            f"**Cross-validated rows.** Each was judged by a model that never met its {plain(report.resampled_by)}. "
            "Settings were chosen with such figures in view, so they are a little hopeful. There is no test split.\n"
        )
    else:
        yield f"**Test rows.** {plain(report.touch) or 'The test split was not touched.'}\n"
        for figures in report.test:
            yield from figure_tables(figures, report.resampled_by)
        yield "**Development rows.** Settings were chosen on them, so these figures are hopeful.\n"
    for figures in report.dev:
        yield from figure_tables(figures, report.resampled_by)


def _calibration(report: TrainingReport) -> Iterator[str]:
    yield from calibration_table((*report.test, *report.dev))
    yield from facts(report.calibration)


def _use(report: TrainingReport) -> Iterator[str]:
    yield (
        f"One piece of evidence among others ({_EVIDENCE[report.modality]}) for an agent that asks rather than "
        "concludes, with the consent of the person it perceives. Not meant for:\n"
    )
    yield from (f"- {use}" for use in _USES_NOT_MEANT)


def _speed(report: TrainingReport) -> Iterator[str]:
    sizes = report.files().items()
    rows = ((code(name), cell(file.bytes), code(file.sha256)) for name, file in sizes)
    yield from table(("file", "bytes", "sha256"), rows)
    if report.parameters is not None:
        yield f"- parameters: {report.parameters:,}"
    if report.speed is not None:
        speed = report.speed
        yield f"- speed: median {speed.median_ms:.2f} ms for {plain(speed.item)}, one thread, {plain(speed.machine)}"
    else:
        yield "- speed: not measured"


def _training(report: TrainingReport) -> Iterator[str]:
    yield f"```\n{report.command.strip()}\n```\n"
    known = {
        "time": f"{report.seconds / 60:.1f} minutes",
        "seed": str(report.seed),
        "epochs": "" if report.epochs is None else str(report.epochs),
        "settings": f"digest {report.config_digest}",
        "code": report.revision and f"git {report.revision}",
        "versions": ", ".join(f"{name} {version}" for name, version in report.versions.items()),
    }
    yield from facts({**{name: value for name, value in known.items() if value}, **report.notes})

"""`attune train corpora`: which corpora can be read, what is in one, and its manifest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli.progress import progress

if TYPE_CHECKING:
    from perception.training.corpora import Corpus, Example, Reading

_MOST: Final = 12
"""Speakers that are named one by one."""


def corpora(
    name: Annotated[
        str | None, typer.Argument(help="A corpus of the list; recognised when left out.", show_default=False)
    ] = None,
    root: Annotated[
        Path | None, typer.Option("--root", help="Where it is: its folder, or a table.", show_default=False)
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest", help="Write its rows there, for attune eval perception (JSON lines).", show_default=False
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="OPTION=VALUE",
            help="An option of the corpus: frustrated=angry (iemocap), rule=plurality (ferplus), files=FOLDER or "
            "columns such as text=tweet and label=gold (table).",
        ),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="LABEL=EMOTION", help="What a label means (table, folder): --map joyeux=happy."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the corpora that can be read, or count what is in one.

    Examples:
      attune train corpora

      attune train corpora ravdess --root ~/corpora/RAVDESS

      attune train corpora table --root mine.csv --set text=tweet --map joyeux=happy --manifest mine.jsonl
    """
    from api.errors import InputInvalid

    if root is None:
        if name or manifest or settings or labels:
            raise InputInvalid("say where the corpus is: --root FOLDER")
        _list(as_json=as_json)
        return
    reading = _read(name, root, _options(settings, labels))
    if manifest is not None:
        _write(reading, manifest)
    _tell(reading, as_json=as_json)
    if manifest is not None and not as_json:
        typer.echo(_words()["wrote"].format(rows=len(reading.examples), path=manifest))


def _options(settings: list[str] | None, labels: list[str] | None) -> dict[str, Any]:
    options: dict[str, Any] = dict(_pair(given, "--set") for given in settings or ())
    if labels:
        options["labels"] = dict(_pair(given, "--map") for given in labels)
    return options


def _pair(given: str, option: str) -> tuple[str, str]:
    from api.errors import InputInvalid

    key, equals, value = given.rpartition("=") if option == "--map" else given.partition("=")
    if not (key and equals and value):
        raise InputInvalid(f"{option} takes NAME=VALUE, not {given!r}")
    return key, value


def _read(name: str | None, root: Path, options: Mapping[str, Any]) -> Reading:
    from perception.training.corpora import detect_corpus, load_corpus

    root = root.expanduser()
    return load_corpus(name or detect_corpus(root), root, **options)


def _lang() -> str:
    from api.settings import load_settings
    from api.terminal.texts import terminal_language

    return load_settings().lang or terminal_language()


def _words() -> Mapping[str, str]:
    from api.cli.corpora_words import WORDS

    return WORDS[_lang()]


def _list(*, as_json: bool) -> None:
    from perception.training.corpora import corpus_class, corpus_names

    known = [corpus_class(name) for name in corpus_names()]
    if as_json:
        _print_json([about(corpus) for corpus in known])
        return
    from rich.console import Console
    from rich.table import Table

    from api.cli.corpora_words import SENSES

    lang, words = _lang(), _words()
    table = Table(title=words["known"], title_justify="left", box=None, pad_edge=False)
    for column in ("name", "senses", "languages", "commercial", "licence"):
        table.add_column(words[column], overflow="fold", no_wrap=column != "licence")
    for corpus in known:
        senses = ", ".join(SENSES[lang][sense] for sense in corpus.modalities)
        commercial = words["yes" if corpus.commercial else "no"]
        table.add_row(corpus.name, senses, ", ".join(corpus.languages) or "-", commercial, corpus.licence)
    Console().print(table)
    typer.echo(words["hint"])


def about(corpus: type[Corpus] | Corpus) -> dict[str, Any]:
    """What is known of a corpus, for programs."""
    return {
        "name": corpus.name,
        "title": corpus.title,
        "modalities": list(corpus.modalities),
        "languages": list(corpus.languages),
        "licence": corpus.licence,
        "commercial": corpus.commercial,
        "citation": corpus.citation,
        "url": corpus.url,
        "layout": corpus.layout,
    }


def _tell(reading: Reading, *, as_json: bool) -> None:
    if as_json:
        _print_json({**about(reading.corpus), **_counts(reading)})
        return
    from api.cli.corpora_words import reason

    lang, words, corpus = _lang(), _words(), reading.corpus
    speakers, dialogues = ({getattr(row, of) for row in reading.examples} - {None} for of in ("speaker", "dialogue"))
    of = {"title": corpus.title, "rows": len(reading.examples), "speakers": len(speakers), "dialogues": len(dialogues)}
    typer.echo(words["rows"].format(**of))
    commercial = words["yes" if corpus.commercial else "no"]
    typer.echo(words["terms"].format(licence=corpus.licence, commercial=commercial))
    if corpus.citation:
        typer.echo(words["cite"].format(citation=corpus.citation))
    _grid(reading, lang, words)
    for line, field in (("languages of rows", "lang"), ("speakers of rows", "speaker")):
        if listed := _listed(_count(reading, field), words, prefix=f"{corpus.name}/"):
            typer.echo(words[line].format(counts=listed))
    if reading.left_out:
        typer.echo(words["left out"].format(total=sum(reading.left_out.values())))
        for key, count in reading.left_out.items():
            typer.echo(f"  {count:>7,}  {reason(key, lang)}")


def _grid(reading: Reading, lang: str, words: Mapping[str, str]) -> None:
    """Emotions down, splits across."""
    from rich.console import Console
    from rich.table import Table

    from api.cli.corpora_words import emotion
    from perception.emotions import EMOTIONS

    splits = [split for split in ("train", "dev", "test", None) if any(row.split == split for row in reading.examples)]
    cells = Counter((row.emotion, row.split) for row in reading.examples)
    table = Table(box=None, pad_edge=False)
    table.add_column(words["emotion"])
    for split in splits:
        table.add_column(split or words["no split"], justify="right")
    table.add_column(words["all"], justify="right")
    for each in EMOTIONS:
        row = [cells[each, split] for split in splits]
        table.add_row(emotion(each.value, lang), *(f"{count:,}" for count in (*row, sum(row))))
    Console().print(table)


def _counts(reading: Reading) -> dict[str, Any]:
    return {
        "rows": len(reading.examples),
        "emotions": dict(_count(reading, "emotion")),
        "splits": dict(_count(reading, "split")),
        "languages_of_rows": dict(_count(reading, "lang")),
        "speakers": dict(_count(reading, "speaker")),
        "dialogues": len({row.dialogue for row in reading.examples} - {None}),
        "left_out": dict(reading.left_out),
    }


def _count(reading: Reading, field: str) -> list[tuple[str, int]]:
    """How often each value occurs where it is known, the most frequent first."""

    def value(row: Example) -> str | None:
        found = getattr(row, field)
        return None if found is None else str(found)

    counts = Counter(found for row in reading.examples if (found := value(row)) is not None)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _listed(counts: list[tuple[str, int]], words: Mapping[str, str], *, prefix: str) -> str:
    named = [f"{name.removeprefix(prefix)} {count:,}" for name, count in counts[:_MOST]]
    rest = [words["more"].format(count=len(counts) - _MOST)] if len(counts) > _MOST else []
    return ", ".join(named + rest)


def _write(reading: Reading, manifest: Path) -> None:
    from perception.training.corpora import write_manifest

    title = _words()["writing"]
    with progress(title, lines="none") as tell:
        write_manifest(reading, manifest, progress=lambda done, total: tell(done / total, title))


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))

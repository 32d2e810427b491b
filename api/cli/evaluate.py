"""`attune eval`: how good perception is, on data of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.evaluate_fusion import fusion
from api.cli.evaluate_statements import statements
from api.cli.evaluate_vision import vision
from api.cli.progress import progress

eval_app = typer.Typer(
    name="eval",
    help=(
        "Measure on labelled data, through the same path a turn takes, and write a report that can be believed.\n\n"
        "attune eval list says what can be evaluated.\n\n"
        "Example: attune eval perception --manifest rows.jsonl --by gender"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@eval_app.command("list")
def list_suites(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """What can be evaluated here, and which perceiver each sense is set to."""
    import json

    from api.evaluating import describe_suites

    suites = describe_suites()
    if as_json:
        typer.echo(json.dumps(suites, indent=2))
        return
    for suite in suites:
        typer.echo(f"{suite['name']:<12} {suite['what']}")
        typer.echo(f"{'':<12} senses: " + ", ".join(f"{sense}={name}" for sense, name in suite["senses"].items()))
        typer.echo(f"{'':<12} {suite['example']}")


@eval_app.command()
def perception(
    manifest: Annotated[
        Path,
        typer.Option(
            help="JSON lines: id, label (an emotion: happy, sad, angry, fear, surprise, disgust, neutral), and any of "
            "text (with context), audio (with start and end in seconds), image (with crop), lang, transcribe; other "
            "columns may be used by --by and --cluster. Paths are relative to the manifest.",
            show_default=False,
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder of the report.", show_default="runs/eval/<manifest>")] = None,
    label_column: Annotated[str, typer.Option(help="Column of the true emotion.")] = "label",
    label_map: Annotated[
        str | None,
        typer.Option(
            help="Labels that are no emotion names: joy=happy,anger=angry, a JSON object, or a file of one. Nothing is "
            "taken for a synonym that is not in it.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="The figures for each value of this column too; may be given again.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Column of what rows depend on: its groups are drawn whole for the intervals.",
            show_default="speaker, else dialogue, where all rows have it",
        ),
    ] = None,
    sense: Annotated[
        list[str] | None, typer.Option(help="Ask only this sense: vision, audio or text; may be given again.")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(
            "--compare", "--baseline", help="An earlier report, or its folder: what changed on the rows of both."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many rows at most, drawn at random and kept in order.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the drawing and of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=0, help="Of the bootstrap; 0 leaves the intervals out.")] = 1000,
    lang: Annotated[
        str | None, typer.Option(help="Of the report: en or zh.", show_default="ATTUNE_LANG, else of the terminal")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON to standard output too.")] = False,
) -> None:
    """Any labelled manifest through the senses, thresholds applied: figures, intervals, cuts, mistakes.

    The folder of the report gets report.html for people, report.json for programs, and rows.jsonl with what was said of
    each row, which --compare of a later run reads. A row that is broken is counted and listed, and stops nothing.

    Beside every figure stand the number of rows and the accuracy of always answering the commonest label: an accuracy
    without them says nothing.

    Examples:
      attune eval perception --manifest dev.jsonl

      attune eval perception --manifest meld.jsonl --label-map joy=happy,sadness=sad,anger=angry --cluster dialogue

      attune eval perception --manifest dev.jsonl --out runs/eval/new --compare runs/eval/old --by gender --by lang
    """
    from api.evaluating import evaluate_manifest, modalities
    from evals.perception import Plan, parse_label_map

    plan = Plan(
        manifest=manifest,
        label_column=label_column,
        label_map=parse_label_map(label_map) if label_map else {},
        senses=modalities(sense or ()),
        cluster=cluster,
        by=tuple(dict.fromkeys(by or ())),
        limit=limit,
        seed=seed,
        resamples=resamples,
        compare=compare,
    )
    with progress("rows") as tell:
        shown = evaluate_manifest(
            plan,
            out=out,
            lang=lang,
            progress=lambda done, total: tell(done / max(1, total), f"{done:,} of {total:,} rows"),
        )
    if as_json:
        typer.echo(shown.json)
    else:
        typer.echo("\n".join(shown.summary))


@eval_app.command()
def robustness(
    manifest: Annotated[
        Path,
        typer.Option(
            help="JSON lines as for attune eval perception; the rows with audio are taken, without their words.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report.", show_default="runs/robustness/<manifest>")
    ] = None,
    conditions: Annotated[
        str | None,
        typer.Option(
            help="Only these, beside clean: names as babble_10dB, or families as reverb, with commas between.",
            show_default="all",
        ),
    ] = None,
    label_column: Annotated[str, typer.Option(help="Column of the true emotion.")] = "label",
    label_map: Annotated[
        str | None, typer.Option(help="Labels that are no emotion names: joy=happy,anger=angry, or JSON.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Column that says who speaks: babble is made of others, and intervals draw its groups whole.",
            show_default="speaker, where all rows have it",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many rows at most, drawn at random and kept in order.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the degradations, the drawing and the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=0, help="Of the bootstrap; 0 leaves the intervals out.")] = 1000,
    lang: Annotated[
        str | None, typer.Option(help="Of the report: en or zh.", show_default="ATTUNE_LANG, else of the terminal")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON to standard output.")] = False,
) -> None:
    """The audio sense in noise, in rooms, over telephones and codecs, too soft, too loud, too short.

    Every recording is heard as it is and under each condition. For each: UAR and accuracy with how many recordings they
    are of, by how many points UAR falls from clean (paired bootstrap), the part of recordings by status, mean quality.
    The folder gets report.html, report.json, robustness.svg and rows.jsonl.

    Examples:
      attune eval robustness --manifest dev.jsonl

      attune eval robustness --manifest dev.jsonl --conditions babble,telephone,length_0.5s --limit 200
    """
    from api.evaluating import evaluate_recordings
    from evals.perception import parse_label_map
    from evals.robustness import RobustnessPlan, chosen_conditions

    plan = RobustnessPlan(
        manifest=manifest,
        conditions=chosen_conditions([name.strip() for name in (conditions or "").split(",") if name.strip()]),
        label_column=label_column,
        label_map=parse_label_map(label_map) if label_map else {},
        cluster=cluster,
        limit=limit,
        seed=seed,
        resamples=resamples,
    )
    with progress("recordings") as tell:
        shown = evaluate_recordings(
            plan,
            out=out,
            lang=lang,
            progress=lambda done, total: tell(done / max(1, total), f"{done:,} of {total:,} recordings"),
        )
    if as_json:
        typer.echo(shown.json)
    else:
        typer.echo("\n".join(shown.summary))


@eval_app.command()
def transcription(
    manifest: Annotated[
        Path,
        typer.Option(
            help="JSON lines: id, audio (with start and end in seconds), what was said in reference, text_reference or "
            "text, and, where known, lang, corpus and speaker. Paths are relative to the manifest.",
            show_default=False,
        ),
    ],
    models: Annotated[
        str | None, typer.Option(help="Names, with commas between.", show_default="those on this machine")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for report.json and rows.jsonl.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=0, help="Of the bootstrap; 0 leaves the intervals out.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """How many words the transcriber gets wrong: word error rate by corpus, with intervals, and the real-time factor.

    Case and punctuation do not count, small numbers are spelled out, and Chinese is counted by characters. Models get
    no prompt. A clip of which nothing is written counts as all its words left out.

    Example:
      attune eval transcription --manifest spoken.jsonl --models whisper-base,whisper-tiny.en --out runs/eval/words
    """
    from api.transcribing import evaluate_words

    with progress("clips") as tell:
        shown = evaluate_words(
            manifest,
            models=[name.strip() for name in (models or "").split(",") if name.strip()],
            out=out,
            seed=seed,
            resamples=resamples,
            progress=lambda done, total: tell(done / max(1, total), f"{done:,} of {total:,} transcripts"),
        )
    typer.echo(shown.json if as_json else "\n".join(shown.summary))


@eval_app.command()
def behaviour(
    category: Annotated[
        list[str] | None, typer.Option(help="Only this category, such as negation; may be given again.")
    ] = None,
    written_in: Annotated[
        list[str] | None, typer.Option(help="Only tests in this language, such as zh; may be given again.")
    ] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="List what was expected and what was said, for each failure.")
    ] = False,
    min_pass: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Exit with code 1 where a smaller part of the tests passes.")
    ] = None,
    lang: Annotated[
        str | None, typer.Option(help="Of what is shown: en or zh.", show_default="ATTUNE_LANG, else of the terminal")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome, with every failure, as JSON.")] = False,
) -> None:
    """The text sense on tests that any reader would agree on; they ship, and no data of yours is needed.

    Three kinds: what a text says (mft: an answer that may be given is the likeliest, certain or not), what must not
    matter (inv: a name, a typo, markup leave the likeliest emotion as it is), and what must move which way (dir: an
    emoji raises a probability, "extremely" lowers it by 0.05 at most). A test with variants passes when all of them do.

    Examples:
      attune eval behaviour --min-pass 0.85

      attune eval behaviour --category negation --category sarcasm --written-in zh --failures
    """
    from api.behaving import evaluate_texts

    with progress("texts") as tell:
        shown = evaluate_texts(
            langs=tuple(dict.fromkeys(written_in or ())),
            categories=tuple(dict.fromkeys(category or ())),
            failures=failures,
            lang=lang,
            progress=lambda done, total: tell(done / max(1, total), f"{done:,} of {total:,} texts"),
        )
    typer.echo(shown.json if as_json else "\n".join(shown.summary))
    if min_pass is not None and shown.rate < min_pass:
        typer.echo(f"pass rate {shown.rate:.1%} is below --min-pass {min_pass:.1%}", err=True)
        raise typer.Exit(1)


eval_app.command()(vision)
eval_app.command()(fusion)
eval_app.command()(statements)

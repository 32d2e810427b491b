"""`attune personas`: who can answer, and whether a persona file of one's own is sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from personas import Persona, PersonaBook

personas_app = typer.Typer(help="List, show and check personas.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@personas_app.command("list")
def list_(as_json: Json = False) -> None:
    """The personas there are: those that ship, and yours (ATTUNE_PERSONAS_DIR)."""
    book, lang = _book()
    personas = [book.get(name) for name in book.names]
    if as_json:
        _print_json([_summary(persona) for persona in personas])
        return
    width = max(len(name) for name in book.names)
    for persona in personas:
        typer.echo(f"{persona.name:<{width}}  {_in(persona, lang)}  ({', '.join(persona.languages)})")


@personas_app.command()
def show(
    name: Annotated[str, typer.Argument(help="A persona of the list.")],
    prompt: Annotated[bool, typer.Option("--prompt", help="Print the system prompt the chat model gets.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="en or zh.")] = None,
    as_json: Json = False,
) -> None:
    """One persona: its words, its trust in each sense, its limits."""
    book, default = _book()
    persona, lang = book.get(name), lang or default
    if lang not in ("en", "zh"):
        raise typer.BadParameter(f"{lang!r} is not one of en, zh", param_hint="--lang")
    if prompt:
        from agent.prompts import system_prompt

        typer.echo(system_prompt(persona, lang))
    elif as_json:
        _print_json(persona.model_dump(mode="json"))
    else:
        for field, value in _described(persona, lang).items():
            typer.echo(f"{field:<11}{value}")


@personas_app.command()
def explain(
    name: Annotated[str, typer.Argument(help="A persona of the list.")],
    observations: Annotated[
        Path, typer.Option("--observations", help="JSON of one turn, as `attune perceive --json` prints it.")
    ],
    lang: Annotated[str | None, typer.Option("--lang", help="en or zh.")] = None,
    as_json: Json = False,
) -> None:
    """Which rules of a persona apply to a turn, and what they change: trust and weight of each sense, the result."""
    from api.explaining import explain as explained
    from api.explaining import explained_lines, read_observations

    book, default = _book()
    persona, lang = book.get(name), lang or default
    if lang not in ("en", "zh"):
        raise typer.BadParameter(f"{lang!r} is not one of en, zh", param_hint="--lang")
    told = explained(persona.perception, read_observations(observations))
    if as_json:
        _print_json({"persona": persona.name, **told})
    else:
        typer.echo("\n".join(explained_lines(told, lang)))


@personas_app.command()
def validate(files: Annotated[list[Path], typer.Argument(help="Persona YAML files.", metavar="FILE...")]) -> None:
    """Check persona files; each problem is a line `file:line: what is wrong`, and exit code 1."""
    from personas import PersonaInvalid, load_persona

    failed = False
    for path in files:
        try:
            persona = load_persona(path)
        except PersonaInvalid as error:
            failed = True
            typer.echo(str(error), err=True)
            continue
        for question in _not_open(persona):
            typer.echo(f"{path}: warning: not an open question: {question!r}", err=True)
        typer.echo(f"{path}: ok ({persona.name}: {', '.join(persona.languages)})")
    if failed:
        raise typer.Exit(1)


def _book() -> tuple[PersonaBook, str]:
    from api.settings import load_settings
    from personas import PersonaBook

    settings = load_settings()
    folders = [settings.personas_dir] if settings.personas_dir else []
    return PersonaBook.load(folders), settings.lang or "en"


def _in(persona: Persona, lang: str) -> str:
    from personas import in_language

    return in_language(persona.title, lang)


def _summary(persona: Persona) -> dict[str, Any]:
    return {
        "name": persona.name,
        "title": persona.title,
        "languages": list(persona.languages),
        "trust": {modality.value: weight for modality, weight in persona.trust.items()},
    }


def _described(persona: Persona, lang: str) -> dict[str, str]:
    from personas import in_language

    by_language = [item for questions in persona.questions.values() for item in questions.items()]
    count = sum(len(questions) for spoken, questions in by_language if spoken == lang)
    return {
        "name": persona.name,
        "title": in_language(persona.title, lang),
        "languages": ", ".join(persona.languages),
        "trust": ", ".join(f"{modality} {weight:g}" for modality, weight in persona.trust.items()),
        "rules": ", ".join(name for name, _ in persona.perception.named) or "none",
        "handoff": f"{persona.routing}: {', '.join(rule.to for rule in persona.handoff) or 'to nobody'}",
        "limits": f"{persona.limits.sentences} sentences, {persona.limits.max_tokens} tokens",
        "questions": f"{count} to fall back on",
        "greeting": persona.greeting_in(lang),
        "prompt": " ".join(in_language(persona.prompt, lang).split()),
    }


def _not_open(persona: Persona) -> list[str]:
    from agent.questions import QuestionKind, classify_question

    return [
        question
        for by_language in persona.questions.values()
        for lang, questions in by_language.items()
        for question in questions
        if classify_question(question, lang) is not QuestionKind.OPEN
    ]


def _print_json(value: object) -> None:
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))

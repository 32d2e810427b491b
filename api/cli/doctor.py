"""`attune doctor`: what is installed, what is missing, and what to do about each red line."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check this installation: packages, weights and their licences, chat model, database, speed of each sense.

    Every line that is not green says what to do about it. The exit code is 1 when Attune cannot hold a conversation.
    """
    import json

    from api.checkup import examine

    findings = examine()
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False, pad_edge=False)
        for finding in findings:
            style = {"ok": "green", "note": "yellow", "bad": "red"}[finding.level]
            about = Text(finding.state)
            if finding.remedy:
                about.append(f"\n→ {finding.remedy}", style=style)
            table.add_row(Text("●", style=style), finding.name, about)
        Console().print(table)
    if any(finding.level == "bad" for finding in findings):
        raise typer.Exit(1)

"""Options that the commands of training share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Data = Annotated[
    Path,
    typer.Option(
        "--data",
        help="Folder of the corpora; those of each sense may be in its folder text/, voice/ or face/.",
        exists=True,
        file_okay=False,
        show_default=False,
    ),
]
Named = Annotated[
    list[str] | None,
    typer.Option(
        "--experiment", help="Name of one that ships, or a YAML file; may be repeated.", show_default="the sense's own"
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Another value for a field, such as recipe.rate=0.01; may be repeated."),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--budget-minutes",
        min=0.0,
        help="Time for the epochs; a run that it ends goes on when it is given more.",
        show_default="no limit",
    ),
]
RUNS = Path("runs")
"""The usual folder of runs."""
Runs = Annotated[Path, typer.Option("--runs", help="Folder of all runs.", file_okay=False)]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, help="Of all that is random.", show_default="the experiment's")
]
Policy = Annotated[
    Literal["any", "commercial"] | None,
    typer.Option(
        "--weights-policy",
        help="`commercial` leaves out data that does not allow commercial use.",
        show_default="ATTUNE_WEIGHTS_POLICY",
    ),
]
OnTest = Annotated[
    bool,
    typer.Option("--final", help="Measure on the test split too. Once a release: a ledger keeps who did, and when."),
]
Again = Annotated[str, typer.Option("--again", help="Why the test split is touched again in this release; recorded.")]
Ledger = Annotated[
    Path | None,
    typer.Option("--ledger", help="Where touches of the test split are kept.", show_default="RUNS/test-touches.jsonl"),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Forget what an earlier attempt at this run left.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the reports as JSON to standard output.")]

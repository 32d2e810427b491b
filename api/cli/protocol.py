"""`attune protocol`: the wire as documents that programs read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

protocol_app = typer.Typer(
    help="Print the protocol of the live conversation for programs and tools.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of standard output.")]


@protocol_app.command()
def asyncapi(out: Out = None) -> None:
    """The WebSocket as AsyncAPI 3.0, in YAML: each frame with its fields, close codes, error codes.

    Generators of clients and of documentation read it (https://www.asyncapi.com/tools). The same as
    docs/asyncapi.yaml, and made from the models that the server itself reads with.

    Examples:
      attune protocol asyncapi --out asyncapi.yaml

      attune protocol asyncapi | grep "^  schemas" -A 20
    """
    from api.protocol import asyncapi_yaml

    _write(asyncapi_yaml, out)


@protocol_app.command()
def typescript(out: Out = None) -> None:
    """The frames as TypeScript types, for web pages and node.

    Two unions, ClientFrame and ServerFrame, that `type` tells apart. The module needs no packages and no compiler:
    types are erased by node (22.6 and later) and by every bundler. The same as docs/protocol.ts.

    Examples:
      attune protocol typescript --out protocol.ts

      import type { ServerFrame } from "./protocol.ts"
    """
    from api.protocol import typescript_module

    _write(typescript_module, out)


def _write(text: Callable[[], str], out: Path | None) -> None:
    from api.errors import InputInvalid

    if out is None:
        typer.echo(text(), nl=False)
        return
    try:
        out.write_text(text(), encoding="utf-8", newline="\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputInvalid(f"cannot write {str(out)!r} ({reason}); choose another --out") from error

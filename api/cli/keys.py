"""`attune keys`: who may use the server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.identity.keyfile import KeyFile
    from api.identity.keys import ApiKey

keys_app = typer.Typer(
    help="API keys: who may use the server. Once there is one, every caller needs one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SHOWN = {
    "en": "This is the key of {user!r}. It is shown this once; keep it where you keep passwords.",
    "zh": "这是 {user!r} 的密钥，只显示这一次；请像保管密码一样保管。",
}
_REVOKED = {
    "en": "The key {name!r} ({id}) opens nothing any more; open connections of it are closed.",
    "zh": "密钥 {name!r}（{id}）已失效；使用它的连接会被关闭。",
}
_NONE = {
    "en": "There are no keys. The server answers its own machine only; make a key with: attune keys add NAME",
    "zh": "还没有密钥，服务器只应答本机。创建密钥：attune keys add NAME",
}
_HEAD = {
    "en": ("id", "name", "user", "state", "made", "expires"),
    "zh": ("编号", "名称", "用户", "状态", "创建", "到期"),
}
_STATES = {"zh": {"valid": "有效", "expired": "已过期", "revoked": "已吊销"}}

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@keys_app.command()
def add(
    name: Annotated[str, typer.Argument(help="What you call the key, such as the device it is for.")],
    user: Annotated[
        str | None,
        typer.Option(
            help="Whose sessions it opens; by default the name. `local` for the conversations of this machine."
        ),
    ] = None,
    expires: Annotated[int | None, typer.Option(min=1, max=36_500, help="Days after which it opens nothing.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and show it, this once.

    Examples:
      attune keys add phone

      attune keys add laptop --user me --expires 90
    """
    from datetime import UTC, datetime, timedelta

    from api.errors import InputInvalid
    from api.identity.keys import NAME

    for what, value in (("name", name), ("user", user)):
        if value is not None and not NAME.fullmatch(value):
            raise InputInvalid(f"the {what} {value!r} cannot be used; write up to 64 letters, digits or . _ @ -")
    until = datetime.now(UTC) + timedelta(days=expires) if expires is not None else None
    key, shown = _file().add(name, user or name, expires_at=until)
    if as_json:
        typer.echo(json.dumps({**_facts(key), "key": shown}, ensure_ascii=False))
        return
    # the key alone on standard output, so that it can be piped to where it is kept
    typer.echo(_SHOWN[_lang()].format(user=key.user_id), err=True)
    typer.echo(shown)


@keys_app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """Show the keys there are, without their secrets."""
    keys = [*_file().keys().values()]
    if as_json:
        typer.echo(json.dumps([_facts(key) for key in keys], ensure_ascii=False))
    elif not keys:
        typer.echo(_NONE[_lang()])
    else:
        _table(keys)


@keys_app.command()
def revoke(wanted: Annotated[str, typer.Argument(metavar="ID|NAME", help="Which key.")]) -> None:
    """Have a key open nothing from now on, also in a server that runs."""
    key = _file().revoke(wanted)
    typer.echo(_REVOKED[_lang()].format(name=key.name, id=key.key_id))


def _file() -> KeyFile:
    from api.identity.keyfile import KeyFile
    from api.settings import load_settings

    return KeyFile(load_settings().keys)


def _facts(key: ApiKey) -> dict[str, str | None]:
    return {
        "id": key.key_id,
        "name": key.name,
        "user": key.user_id,
        "state": key.state(),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


def _table(keys: list[ApiKey]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    lang = _lang()
    table = Table(*_HEAD[lang], box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for key in keys:
        state = _STATES.get(lang, {}).get(key.state(), key.state())
        until = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else ""
        table.add_row(key.key_id, key.name, key.user_id, state, f"{key.created_at:%Y-%m-%d}", until)
    Console(soft_wrap=True).print(table)


def _lang() -> str:
    from api.settings import load_settings
    from api.terminal.texts import terminal_language

    return load_settings().lang or terminal_language()

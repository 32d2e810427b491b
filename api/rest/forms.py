"""Fields of a form, checked one by one: multipart bodies are read under a limit and never touch the disk."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from api.forms import BodyTooLarge, BodyUnreadable, read_form
from api.rest.asking import FORM, body_type, wrong_body
from api.rest.refusals import Refused

_FLAGS: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off", ""), False),
}
FLAG: Final = {
    "type": "string",
    "pattern": "^([Tt][Rr][Uu][Ee]|1|[Yy][Ee][Ss]|[Oo][Nn]|[Ff][Aa][Ll][Ss][Ee]|0|[Nn][Oo]|[Oo][Ff][Ff])?$",
    "description": "true or false.",
}
"""The schema of a field that `flag_of` reads."""


async def form_of(
    request: Request, *, fields: Collection[str], limit: int, files: int, lists: Collection[str] = ()
) -> FormData:
    """The fields of a multipart body.

    Args:
        request: Its body is not read yet.
        fields: That it may have.
        limit: Bytes of the body.
        files: Most files it may bring.
        lists: Fields that may come several times.

    Raises:
        Refused: another type, too large, unreadable, or with a field that is not known or comes too often.
    """
    if body_type(request) != FORM:
        raise wrong_body(request, (FORM,))
    try:
        form = await read_form(request, limit=limit, files=files)
    except BodyTooLarge as error:
        raise Refused("body_too_large", str(error)) from error
    except BodyUnreadable as error:
        raise Refused("bad_request", str(error)) from error
    if unknown := sorted(set(form) - set(fields)):
        await form.close()
        raise bad_field(unknown[0], f"there is no field {unknown[0]!r}; the fields are {', '.join(fields)}")
    if twice := [name for name in form if name not in lists and len(form.getlist(name)) > 1]:
        await form.close()
        raise bad_field(twice[0], f"{twice[0]} is given {len(form.getlist(twice[0]))} times; give it once")
    return form


def words_of(form: FormData, name: str) -> str | None:
    """A field of text; None where it is absent.

    Raises:
        Refused: it is a file.
    """
    value = form.get(name)
    if isinstance(value, UploadFile):
        raise bad_field(name, f"{name} is a field of text, got a file")
    return value


def list_of(form: FormData, name: str) -> tuple[str, ...]:
    """A field of text that may come several times.

    Raises:
        Refused: one of them is a file.
    """
    values = form.getlist(name)
    if any(isinstance(value, UploadFile) for value in values):
        raise bad_field(name, f"{name} is a field of text, got a file")
    return tuple(str(value) for value in values)


async def file_of(form: FormData, name: str) -> bytes | None:
    """The bytes of a file; None where it is absent, or was left empty in a browser.

    Raises:
        Refused: it is a field of text.
    """
    value = form.get(name)
    if isinstance(value, str):
        raise bad_field(name, f"{name} is a file, got a field of text; send it with a file name")
    if value is None:
        return None
    data = await value.read()
    # browsers send a nameless, empty file for an input that was left empty
    return data if data or value.filename else None


def flag_of(form: FormData, name: str) -> bool:
    """Yes or no, as people write it; no where it is absent.

    Raises:
        Refused: it is neither.
    """
    value = (words_of(form, name) or "").lower()
    if value not in _FLAGS:
        raise bad_field(name, f"{name} is true or false (or 1 or 0, yes or no, on or off), got {value!r}")
    return _FLAGS[value]


def bad_field(name: str, message: str) -> Refused:
    """A field of a form that is not what it should be."""
    return Refused("bad_request", message, field=name)

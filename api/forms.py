"""Multipart bodies, read under a limit and kept in memory: raw media must not touch the disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.errors import ApiError

MOST_FIELDS: Final = 64


class BodyTooLarge(ApiError):  # noqa: N818  (named for what happened)
    """More bytes than the route takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the request has more than {limit:,} bytes; send smaller media")


class BodyUnreadable(ApiError):  # noqa: N818
    """A body that is no form."""


async def read_form(request: Request, *, limit: int, files: int) -> FormData:
    """The fields of a multipart request.

    Args:
        request: Its body is not read yet.
        limit: Bytes of the body, held to while reading.
        files: Most files it may bring.

    Raises:
        BodyTooLarge: over the limit.
        BodyUnreadable: not multipart, or damaged.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BodyUnreadable(
            "send multipart/form-data, with the fields text, context, image, audio, lang, crop, transcribe"
        )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise BodyTooLarge(limit)
    parser = MultiPartParser(request.headers, _limited(request, limit), max_files=files, max_fields=MOST_FIELDS)
    parser.spool_max_size = limit + 1  # files stay in memory; the limit of the body bounds them
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise BodyUnreadable(f"the form cannot be read: {error.message}") from error


async def _limited(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        yield chunk

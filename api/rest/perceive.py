"""`/v1/perceive`: one item, without a conversation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData, UploadFile

from agent.perceiving import perceive
from agent.safety import check_gate
from api.errors import InputInvalid
from api.forms import BodyTooLarge, BodyUnreadable, read_form
from api.live.failures import Failure, failure_of
from api.serving import serving
from perception import Modality
from perception.media import MediaLimits, decode_image
from perception.media.audio import decode_audio

LIMITS: Final = MediaLimits()
BODY_BYTES: Final = LIMITS.image_bytes + LIMITS.audio_bytes + 1_000_000
"""Of one request to perceive."""

_FIELDS: Final = ("text", "context", "image", "audio", "lang", "crop", "transcribe")
_FLAGS: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off", ""), False),
}
_STATUS: Final = {
    "media_too_large": 413,
    "media_unreadable": 422,
    "gate_closed": 403,
    "internal": 500,
    "memory_unusable": 503,
}


def perceive_routes() -> APIRouter:
    """Perceiving."""
    router = APIRouter()
    router.add_api_route("/v1/perceive", post_perceive, methods=["POST"], openapi_extra=_BODY)
    return router


async def post_perceive(request: Request) -> Response:
    """Feel words, a picture, a recording, or all together; the answer is as a line of `attune perceive --batch`.

    This needs no session, shows nobody a notice and asks nobody for consent: to tell the people whose words, faces and
    voices are sent, and to have their consent, is the duty of the caller. Nothing is stored.
    """
    try:
        return JSONResponse(await _perceive(request))
    except BodyTooLarge as error:
        return _refusal(413, Failure(code="body_too_large", message=str(error)))
    except (BodyUnreadable, InputInvalid) as error:
        return _refusal(400, Failure(code="bad_request", message=str(error)))
    except Exception as error:  # the answer has the same shape whatever went wrong
        failure = failure_of(error)
        return _refusal(_STATUS.get(failure.code, 400), failure)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Item:
    text: str | None
    context: tuple[str, ...]
    image: bytes | None
    audio: bytes | None
    lang: str | None
    crop: bool
    transcribe: bool


async def _perceive(request: Request) -> dict[str, Any]:
    shared = serving(request)
    form = await read_form(request, limit=BODY_BYTES, files=2)
    try:
        item = await _item(form)
    finally:
        await form.close()
    felt = {Modality.VISION: item.image, Modality.AUDIO: item.audio}
    check_gate(shared.agent.deployment, [modality for modality, media in felt.items() if media is not None])
    perceived = await perceive(
        shared.agent.senses,
        text=item.text,
        frame=await asyncio.to_thread(decode_image, item.image, crop=item.crop) if item.image is not None else None,
        clip=await asyncio.to_thread(decode_audio, item.audio) if item.audio is not None else None,
        lang=item.lang,
        context=item.context,
        transcribe=item.transcribe,
    )
    return perceived.as_dict()


async def _item(form: FormData) -> _Item:
    unknown = sorted(set(form) - set(_FIELDS))
    if unknown:
        raise InputInvalid(f"there is no field {unknown[0]!r}; the fields are {', '.join(_FIELDS)}")
    item = _Item(
        text=_words(form, "text"),
        context=tuple(str(said) for said in form.getlist("context")),
        image=await _file(form, "image"),
        audio=await _file(form, "audio"),
        lang=_words(form, "lang") or None,
        crop=_flag(form, "crop"),
        transcribe=_flag(form, "transcribe"),
    )
    if item.text is None and item.image is None and item.audio is None:
        raise InputInvalid("there is nothing to perceive; give text, image or audio")
    return item


def _words(form: FormData, name: str) -> str | None:
    value = form.get(name)
    if isinstance(value, UploadFile):
        raise InputInvalid(f"{name} is a field of text, got a file")
    return value


async def _file(form: FormData, name: str) -> bytes | None:
    value = form.get(name)
    if isinstance(value, str):
        raise InputInvalid(f"{name} is a file, got a field of text; send it with a file name")
    if value is None:
        return None
    data = await value.read()
    # browsers send a nameless, empty file for an input that was left empty
    return data if data or value.filename else None


def _flag(form: FormData, name: str) -> bool:
    value = (_words(form, name) or "").lower()
    if value not in _FLAGS:
        raise InputInvalid(f"{name} is true or false (or 1 or 0, yes or no, on or off), got {value!r}")
    return _FLAGS[value]


def _refusal(status: int, failure: Failure) -> JSONResponse:
    return JSONResponse(failure.as_dict(), status)


_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "text": {
                            "type": "string",
                            "description": "At most 1 MB; of a long text, the sense reads what its model takes.",
                        },
                        "context": {"type": "array", "items": {"type": "string"}},
                        "image": {"type": "string", "format": "binary"},
                        "audio": {"type": "string", "format": "binary"},
                        "lang": {"type": "string"},
                        "crop": {"type": "boolean"},
                        "transcribe": {"type": "boolean"},
                    },
                }
            }
        },
    }
}

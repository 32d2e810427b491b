"""`/v1/perceive`: one item, without a conversation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData

from agent.perceiving import perceive
from agent.safety import check_gate
from api.rest.asking import FORM, Shared, accepts_json
from api.rest.forms import FLAG, file_of, flag_of, form_of, list_of, words_of
from api.rest.refusals import Refused, responses
from api.rest.routing import MEDIA_BYTES, MediaRoute
from api.rest.shapes import PerceivedShape
from perception import Modality
from perception.media import decode_image
from perception.media.audio import decode_audio

FIELDS: Final = ("text", "context", "image", "audio", "lang", "crop", "transcribe")
_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "properties": {
                    "text": {
                        "type": "string",
                        "description": "At most 1 MB; of a long text, the sense reads what its model takes.",
                    },
                    "context": {
                        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                        "description": "Earlier turns, oldest first; a field for each.",
                    },
                    "image": {"type": "string", "format": "binary"},
                    "audio": {"type": "string", "format": "binary"},
                    "lang": {"type": "string"},
                    "crop": FLAG,
                    "transcribe": FLAG,
                },
                "additionalProperties": False,
            }
        }
    },
}


def perceive_routes() -> APIRouter:
    """Perceiving."""
    router = APIRouter(route_class=MediaRoute, dependencies=[Depends(accepts_json)], tags=["perception"])
    router.add_api_route(
        "/v1/perceive",
        post_perceive,
        methods=["POST"],
        response_model=PerceivedShape,
        response_model_exclude_unset=True,
        responses=responses(400, 413, 415),
        openapi_extra={"requestBody": _BODY},
    )
    return router


async def post_perceive(request: Request, shared: Shared) -> dict[str, Any]:
    """Feel words, a picture, a recording, or all together; the answer is as a line of `attune perceive --batch`.

    This needs no session, shows nobody a notice and asks nobody for consent: to tell the people whose words, faces and
    voices are sent, and to have their consent, is the duty of the caller. Nothing is stored.
    """
    form = await form_of(request, fields=FIELDS, limit=MEDIA_BYTES, files=2, lists=("context",))
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Item:
    text: str | None
    context: tuple[str, ...]
    image: bytes | None
    audio: bytes | None
    lang: str | None
    crop: bool
    transcribe: bool


async def _item(form: FormData) -> _Item:
    item = _Item(
        text=words_of(form, "text"),
        context=list_of(form, "context"),
        image=await file_of(form, "image"),
        audio=await file_of(form, "audio"),
        lang=words_of(form, "lang") or None,
        crop=flag_of(form, "crop"),
        transcribe=flag_of(form, "transcribe"),
    )
    if item.text is None and item.image is None and item.audio is None:
        raise Refused("bad_request", "there is nothing to perceive; give text, image or audio")
    return item

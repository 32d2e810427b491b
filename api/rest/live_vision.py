"""`/v1/live_vision`: one picture in, a steady reading out. A picture that comes too early is dropped, never queued."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request

from agent.safety import check_gate
from api.identity import caller_of
from api.rest.asking import FORM, ID_PATTERN, Shared, accepts_json, body_type, session_of, wrong_body
from api.rest.forms import FLAG, file_of, flag_of, form_of
from api.rest.refusals import Refused, responses
from api.rest.routing import PrivateRoute
from api.rest.shapes import LiveVisionShape
from perception import Modality
from perception.live.faces import LIMITS

IMAGES: Final = ("image/jpeg", "image/png", "image/webp", "image/bmp")
BODY_BYTES: Final = LIMITS.image_bytes + 64_000

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "properties": {
                    "image": {"type": "string", "format": "binary"},
                    "crop": FLAG,
                },
                "required": ["image"],
                "additionalProperties": False,
            }
        },
        "image/jpeg": _BINARY,
        "image/png": _BINARY,
    },
}


class _LiveRoute(PrivateRoute):
    limit = BODY_BYTES


def live_vision_routes() -> APIRouter:
    """The live link over HTTP."""
    router = APIRouter(route_class=_LiveRoute, dependencies=[Depends(accepts_json)], tags=["perception"])
    router.add_api_route(
        "/v1/live_vision",
        post_live_vision,
        methods=["POST"],
        response_model=LiveVisionShape,
        responses=responses(400, 404, 409, 413, 415),
        openapi_extra={"requestBody": _BODY},
    )
    return router


async def post_live_vision(
    request: Request,
    shared: Shared,
    session_id: Annotated[
        str | None, Query(pattern=ID_PATTERN, description="A session whose person allows their face to be read.")
    ] = None,
    client: Annotated[
        str, Query(pattern=ID_PATTERN, description="Tells the cameras of a caller apart where there is no session.")
    ] = "default",
) -> dict[str, Any]:
    """Read a picture of a camera, and smooth it with those before it.

    Of one camera one picture is read at a time; one that comes meanwhile is answered at once with what is known, and
    `dropped` true. A camera that is silent for half a minute is forgotten. Nothing is stored. With `session_id` the
    consent of that session holds; without it, to have the consent of those who are seen is the duty of the caller.
    """
    check_gate(shared.agent.deployment, [Modality.VISION])
    camera = await _camera(request, shared, session_id, client)
    image, crop = await _picture(request)
    return await shared.cameras.look(camera, image, crop=crop)


async def _camera(request: Request, shared: Shared, session_id: str | None, client: str) -> str:
    """Under which name a camera is known: no caller can take that of another."""
    if session_id is None:
        caller = caller_of(request)
        return f"caller {caller.key_id or ''} {caller.user_id} {client}"
    record = await session_of(request, session_id, shared)
    if not record.consent.get(Modality.VISION, False):
        raise Refused("notice_not_acknowledged", "the person of this session does not allow their face to be read")
    return f"session {session_id}"


async def _picture(request: Request) -> tuple[bytes, bool]:
    kind = body_type(request)
    if kind in IMAGES:
        image: bytes | None = await request.body()
        crop = False
    elif kind == FORM:
        form = await form_of(request, fields=("image", "crop"), limit=BODY_BYTES, files=1)
        try:
            image, crop = await file_of(form, "image"), flag_of(form, "crop")
        finally:
            await form.close()
    else:
        raise wrong_body(request, (FORM, *IMAGES))
    if not image:
        raise Refused("bad_request", "there is no picture; send it as `image`, or as the body", field="image")
    return image, crop

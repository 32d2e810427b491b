"""Sessions: begin one, acknowledge its notice, see it, hear its greeting."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, model_validator

from agent import custom_name
from agent.casting import persona_of
from agent.language import reply_language
from api.rest.asking import ID_PATTERN, OwnSession, Shared, UserId, accepts_json, sends_json
from api.rest.refusals import Refused, responses
from api.rest.routing import PrivateRoute
from api.rest.shapes import GreetingShape, SessionShape, SessionsShape, StartedShape
from api.wire.client import Consent, Lang, PersonaName, Sentence
from api.ws import preferred_language
from memory import SessionUnknown
from perception import Modality


class _Body(BaseModel):
    # strict: "yes" is no consent
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class StartRequest(_Body):
    """Begin a conversation."""

    persona: PersonaName | None = None
    """Name of the persona; by default `chat`."""
    custom: Sentence | None = None
    """Instead of a name: one sentence that describes a persona."""
    lang: Lang | None = None
    """ISO 639-1 code of notice, greeting and replies; by default replies follow the person's words."""

    @model_validator(mode="after")
    def _one_persona(self) -> StartRequest:
        if self.persona is not None and self.custom is not None:
            raise ValueError("takes `persona` or `custom`, not both")
        return self


class NoticeRequest(_Body):
    """The person has read the notice. May be sent again to change what may be perceived."""

    consent: Consent
    """What may be perceived from now on."""


def session_routes() -> APIRouter:
    """Sessions, notice, greeting."""
    router = APIRouter(route_class=PrivateRoute, dependencies=[Depends(accepts_json)], tags=["sessions"])
    router.add_api_route(
        "/v1/sessions", get_sessions, methods=["GET"], response_model=SessionsShape, responses=responses()
    )
    router.add_api_route(
        "/v1/sessions",
        post_session,
        methods=["POST"],
        status_code=201,
        response_model=StartedShape,
        responses=responses(400, 413, 415),
        dependencies=[Depends(sends_json)],
    )
    router.add_api_route(
        "/v1/sessions/{session_id}",
        get_session,
        methods=["GET"],
        response_model=SessionShape,
        responses=responses(404),
    )
    router.add_api_route(
        "/v1/sessions/{session_id}/notice",
        post_notice,
        methods=["POST"],
        response_model=SessionShape,
        responses=responses(400, 404, 413, 415),
        dependencies=[Depends(sends_json)],
    )
    router.add_api_route(
        "/v1/sessions/{session_id}/greeting",
        get_greeting,
        methods=["GET"],
        response_model=GreetingShape,
        responses=responses(404),
    )
    return router


async def get_sessions(
    user: UserId,
    shared: Shared,
    limit: Annotated[int, Query(ge=1, le=100, description="Conversations at most.")] = 20,
    cursor: Annotated[str | None, Query(pattern=ID_PATTERN, description="`next` of the page before.")] = None,
) -> dict[str, Any]:
    """The caller's conversations, the last begun first."""
    try:
        # one more than is shown tells whether there are more
        found = await shared.agent.memory.sessions(user_id=user, limit=limit + 1, before=cursor)
    except SessionUnknown as error:
        message = f"cursor: {cursor!r} is not one of yours; take `next` of an answer, or leave it out"
        raise Refused("bad_field", message, field="cursor") from error
    shown = found[:limit]
    more = shown[-1].session_id if len(found) > limit else None
    return {"sessions": [record.as_dict() for record in shown], "next": more}


async def post_session(
    request: Request, response: Response, body: StartRequest, user: UserId, shared: Shared
) -> dict[str, Any]:
    """Begin a conversation. Show its notice, and have it acknowledged (`POST .../notice`) before the first turn."""
    agent = shared.agent
    persona = custom_name(body.custom) if body.custom else body.persona or "chat"
    record = await agent.start(persona=persona, lang=body.lang, user_id=user)
    lang = reply_language("", wanted=body.lang or _language(request, shared))
    response.headers["location"] = f"/v1/sessions/{record.session_id}"
    modalities = [modality.value for modality in Modality if modality in agent.modalities]
    return record.as_dict() | {"notice": {"text": agent.notice(lang), "lang": lang, "modalities": modalities}}


async def get_session(record: OwnSession) -> dict[str, Any]:
    """One conversation."""
    return record.as_dict()


async def post_notice(body: NoticeRequest, record: OwnSession, shared: Shared) -> dict[str, Any]:
    """Keep the receipt: the person has seen the notice and allows these senses, now and in a turn that is running.

    Where the session is open on a WebSocket, what is felt between its turns stops as well.
    """
    agent = shared.agent
    given = {m: getattr(body.consent, m.value) and m in agent.modalities for m in Modality}
    kept = await agent.acknowledge(record.session_id, given)
    shared.sessions.consents(kept)
    return kept.as_dict()


async def get_greeting(
    request: Request,
    record: OwnSession,
    shared: Shared,
    lang: Annotated[Lang | None, Query(description="ISO 639-1 code; by default that of the session.")] = None,
) -> dict[str, Any]:
    """What the persona of a conversation says first."""
    chosen = reply_language("", wanted=lang or record.lang or _language(request, shared))
    text = persona_of(shared.agent.book, record.persona).greeting_in(chosen)
    return {"persona": record.persona, "text": text, "lang": chosen}


def _language(request: Request, shared: Shared) -> str:
    return shared.settings.lang or preferred_language(request.headers.get("accept-language", ""))

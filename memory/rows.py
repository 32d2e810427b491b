"""Values into rows, rows into values. What is written comes back equal; `features` are never written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import RowMapping

from memory.records import OfferRecord, SessionRecord, TurnRecord
from perception import EMOTIONS, Affect, Conflict, Cue, EmotionScores, Fired, Modality, Observation, Share, Status

# a timeline reads thousands of these
_VALUES: Final = itemgetter(*(emotion.value for emotion in EMOTIONS))


def stripped(turn: TurnRecord, number: int) -> TurnRecord:
    """The turn as it will be read: with its number, without features."""
    affect = turn.affect
    if affect is not None:
        affect = replace(affect, observations=tuple(o.without_features() for o in affect.observations))
    return replace(turn, number=number, affect=affect)


def session_row(session: SessionRecord) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "user_id": session.user_id,
        "persona": session.persona,
        "lang": session.lang,
        "deployment_context": session.deployment_context,
        "consent": consent_row(session.consent),
        "acknowledged_at": session.acknowledged_at,
        "started_at": session.started_at,
        "offers": offers_row(session.offers),
    }


def offers_row(offers: Sequence[OfferRecord]) -> list[list[Any]] | None:
    return [[o.offer, o.persona, o.number, o.answer] for o in offers] or None


def consent_row(consent: Mapping[Modality, bool]) -> dict[str, bool]:
    return {Modality(modality).value: bool(given) for modality, given in consent.items()}


def session_of(row: RowMapping) -> SessionRecord:
    return SessionRecord(
        session_id=row["session_id"],
        user_id=row["user_id"],
        persona=row["persona"],
        lang=row["lang"],
        deployment_context=row["deployment_context"],
        consent={Modality(modality): given for modality, given in row["consent"].items()},
        acknowledged_at=row["acknowledged_at"],
        started_at=row["started_at"],
        offers=tuple(
            OfferRecord(offer=offer, persona=persona, number=number, answer=answer)
            for offer, persona, number, answer in row["offers"] or ()
        ),
    )


def turn_row(turn: TurnRecord, session_key: int, user_key: int) -> dict[str, Any]:
    return {
        "session_key": session_key,
        "number": turn.number,
        "user_key": user_key,
        "turn_id": turn.turn_id,
        "started_at": turn.started_at,
        "finished_at": turn.finished_at,
        "persona": turn.persona,
        "route_reason": turn.route_reason,
        "lang": turn.lang,
        "user_text": turn.user_text,
        "transcript": turn.transcript,
        "reply": turn.reply,
        "interrupted": turn.interrupted,
        "trace": dict(turn.trace),
    }


def turn_of(row: RowMapping, session_id: str, observations: Iterable[Observation] = ()) -> TurnRecord:
    """A turn from a row of `turns` left-joined with `affect`."""
    return TurnRecord(
        turn_id=row["turn_id"],
        session_id=session_id,
        number=row["number"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        persona=row["persona"],
        route_reason=row["route_reason"],
        lang=row["lang"],
        user_text=row["user_text"],
        transcript=row["transcript"],
        reply=row["reply"],
        interrupted=row["interrupted"],
        affect=None if row["reliability"] is None else affect_of(row, observations),
        trace=row["trace"],
    )


def affect_row(affect: Affect, session_key: int, number: int) -> dict[str, Any]:
    return {
        "session_key": session_key,
        "number": number,
        **_scores_row(affect.scores),
        "reliability": affect.reliability,
        # lists, not objects: the names of the fields would be the larger part of the row
        "shares": [[share.modality.value, share.weight, share.reason] for share in affect.shares],
        "conflicts": _coded(affect.conflicts),
        "policy": _policy_row(affect),
    }


def _policy_row(affect: Affect) -> list[Any] | None:
    if not (affect.fired or affect.notes):
        return None
    fired = [[f.rule, f.action, f.target, f.before, f.after] for f in affect.fired]
    return [fired, _coded(affect.notes)]


def affect_of(row: RowMapping, observations: Iterable[Observation] = ()) -> Affect:
    fired, notes = row["policy"] or ((), ())
    return Affect(
        scores=scores_of(row),
        shares=tuple(Share(modality=Modality(m), weight=w, reason=r) for m, w, r in row["shares"]),
        conflicts=tuple(Conflict(code=code, params=params) for code, params in row["conflicts"]),
        reliability=row["reliability"],
        observations=tuple(observations),
        fired=tuple(
            Fired(rule=rule, action=action, target=target, before=before, after=after)
            for rule, action, target, before, after in fired
        ),
        notes=tuple(Cue(code=code, params=params) for code, params in notes),
    )


def observation_row(observation: Observation, session_key: int, number: int, position: int) -> dict[str, Any]:
    return {
        "session_key": session_key,
        "number": number,
        "position": position,
        "modality": observation.modality.value,
        "status": observation.status.value,
        "model": observation.model,
        **_scores_row(observation.scores),
        "quality": observation.quality,
        "cues": _coded(observation.cues),
        "latency_ms": observation.latency_ms,
        "captured_at": observation.captured_at,
    }


def observation_of(row: RowMapping) -> Observation:
    return Observation(
        modality=Modality(row["modality"]),
        status=Status(row["status"]),
        model=row["model"],
        scores=scores_of(row),
        quality=row["quality"],
        cues=tuple(Cue(code=code, params=params) for code, params in row["cues"]),
        latency_ms=row["latency_ms"],
        captured_at=row["captured_at"],
    )


def _scores_row(scores: EmotionScores | None) -> dict[str, float | None]:
    values = scores.values if scores else (None,) * len(EMOTIONS)
    return {emotion.value: value for emotion, value in zip(EMOTIONS, values, strict=True)}


def scores_of(row: RowMapping) -> EmotionScores | None:
    values = _VALUES(row)
    return None if None in values else EmotionScores(values=values)


def _coded(items: Sequence[Cue | Conflict]) -> list[list[Any]]:
    return [[item.code, dict(item.params)] for item in items]

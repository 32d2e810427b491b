"""What the codes mean: those of `error` frames, and those with which a connection is closed.

One place, so that the documents made from the wire name them all; a test holds that no other code is ever sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class CloseCode(IntEnum):
    """With what the server closes a connection."""

    NORMAL = 1000
    GOING_AWAY = 1001
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 1012
    RESUMED_ELSEWHERE = 4001
    IDLE = 4002
    SESSION_TOO_LONG = 4003
    NO_SESSION = 4004


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """What a client is to make of a close code."""

    meaning: str
    """What has happened."""
    resume: bool
    """The session may be taken up again on a new connection."""


CLOSINGS: Final = MappingProxyType(
    {
        CloseCode.NORMAL: Closing(meaning="Either side said goodbye.", resume=False),
        CloseCode.GOING_AWAY: Closing(meaning="The server is stopping.", resume=True),
        CloseCode.POLICY_VIOLATION: Closing(
            meaning="The connection is not allowed: a page of another origin, or nobody that the server knows.",
            resume=False,
        ),
        CloseCode.TOO_BIG: Closing(meaning="A frame was larger than the server reads.", resume=True),
        CloseCode.INTERNAL: Closing(meaning="The server broke; its log says why.", resume=True),
        CloseCode.RESTART: Closing(meaning="The server restarts.", resume=True),
        CloseCode.RESUMED_ELSEWHERE: Closing(
            meaning="Another connection has resumed the session; resuming again would take it back.", resume=False
        ),
        CloseCode.IDLE: Closing(meaning="The client has sent nothing for too long.", resume=True),
        CloseCode.SESSION_TOO_LONG: Closing(
            meaning="The session has lasted as long as one may; start a new one.", resume=False
        ),
        CloseCode.NO_SESSION: Closing(meaning="The connection began no session in time.", resume=False),
    }
)
"""For each close code. Any other, and a connection that breaks without one, may be resumed from."""

ERROR_CODES: Final = MappingProxyType(
    {
        # the frame
        "bad_json": "The frame is no JSON.",
        "unknown_type": "There is no frame of that type.",
        "bad_frame": "A field is wrong; `field` names it.",
        "bad_binary": "The header of a binary frame is wrong; `field` names what.",
        # the moment
        "session_required": "The connection has no session yet; `session.start` or `session.resume` comes first.",
        "session_already_started": "The connection has a session; another one needs a connection of its own.",
        "session_unknown": "No session has that token: it has ended or was let go. Start a new one.",
        "notice_not_acknowledged": "Nothing is perceived or answered before `notice.ack`.",
        "audio_not_started": "PCM16 frames come between `user.audio.start` and `user.audio.end`.",
        "nothing_to_interrupt": "No turn is running.",
        "nothing_to_retry": "The last turn did not break.",
        "nothing_to_correct": "The turn that was read wrong is not in the database.",
        "no_handoff_offered": "No such offer is open.",
        "not_supported_yet": "The wire has the frame, this server does not obey it yet.",
        "user_refused": "`user_id` names somebody else than the key does; leave it out.",
        "rate_limited": "Too much in too short a time; `retry_after_s` says how long to wait. The socket lives on.",
        "too_many_sessions": "The server holds as many sessions as it can.",
        "replay_incomplete": "Some of what was missed is not kept any more; the history has it.",
        # what was said
        "empty_turn": "A message holds words, a picture or a recording.",
        "text_too_long": "The words are longer than a turn may be.",
        "media_too_large": "The picture or the recording is larger than it may be.",
        "media_unreadable": "The picture or the recording cannot be read.",
        # who answers
        "unknown_persona": "No persona has that name.",
        "persona_invalid": "The persona cannot be used.",
        "gate_closed": "The deployment forbids it.",
        "refused": "The agent does not do that; `message` says why.",
        # what broke
        "perception_failed": "The senses broke.",
        "chat_model_unreachable": "The endpoint of the chat model does not answer.",
        "chat_model_busy": "The chat model has no time; `retry_after_s` says how long to wait, where known.",
        "chat_model_failed": "The chat model broke.",
        "chat_model_refused": "The chat model refuses the request: a key, a name or a parameter is wrong.",
        "chat_model_interrupted": "The chat model broke off.",
        "memory_unusable": "The database cannot be used now.",
        "internal": "Something nobody foresaw; the log of the server says what.",
    }
)
"""For each code of `error` frames. Later versions may send others: treat those by `retryable` and `ends_turn`."""

"""Errors of the agent.

    AgentError
    ├── ChatModelError              the chat model gave no reply, or half of one
    │   ├── ChatModelUnreachable    down, or too slow to answer; retryable
    │   ├── ChatModelBusy           429; retryable after `retry_after` seconds, when told
    │   ├── ChatModelFailed         5xx, or an answer that is not the protocol; retryable
    │   ├── ChatModelRefusedRequest other 4xx: key, model name, over-long prompt; the same request fails again
    │   └── ChatModelInterrupted    the stream broke off; carries the text so far; retryable
    ├── GateClosed                  the deployment context forbids a sense
    ├── NoHandoffOffered            the person answers an offer that is not open
    ├── RowInvalid                  a row of a manifest that cannot be read; the other rows can
    ├── ToolsUnsupported            the chat model is to call tools, and cannot
    └── TurnRefused                 a turn that cannot begin
        ├── EmptyTurn               no words, no picture, no recording
        ├── TextTooLong             more characters than a turn takes
        ├── NoticeNotAcknowledged   the person has not agreed yet
        └── NothingToRetry          the last turn did not break

A `ChatModelError` ends the turn but not the session: nothing is recorded, how far the turn came is kept for a retry,
and the next turn works. Crisis replies do not need the chat model. `GateClosed` ends the call that asked for the
sense. An unknown persona is an error of `personas`, a missing or refused model file one of `perception`.
"""

from __future__ import annotations

from typing import ClassVar


class AgentError(Exception):
    """Base of all errors of this package."""


class ChatModelError(AgentError):
    """The chat model gave no reply, or half of one."""

    retryable: ClassVar[bool] = False
    """Whether the same request may succeed later."""


class ChatModelUnreachable(ChatModelError):  # noqa: N818  (named for what happened, as in httpx)
    """No connection, or no answer in time."""

    retryable = True


class ChatModelBusy(ChatModelError):  # noqa: N818
    """The endpoint asks for patience (HTTP 429)."""

    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds to wait, when the endpoint said so."""


class ChatModelFailed(ChatModelError):  # noqa: N818
    """The endpoint failed (HTTP 5xx), or answered with something else than the protocol."""

    retryable = True


class ChatModelRefusedRequest(ChatModelError):  # noqa: N818
    """The endpoint refused the request (HTTP 4xx); sending it again would not help."""


class ChatModelInterrupted(ChatModelError):  # noqa: N818
    """The reply broke off after it had begun. Its text has been streamed, so append to it instead of repeating it."""

    retryable = True

    def __init__(self, message: str, *, text: str) -> None:
        super().__init__(message)
        self.text = text
        """What had come before the break."""


class GateClosed(AgentError):  # noqa: N818
    """The deployment context forbids a sense."""

    def __init__(self, sense: str, context: str) -> None:
        super().__init__(
            f"{sense!r} emotion recognition is off in the deployment context {context!r}: EU AI Act Art. 5(1)(f) "
            "prohibits inferring emotions from biometric data at work and in education; use text alone"
        )
        self.sense = sense
        self.context = context


class NoHandoffOffered(AgentError):  # noqa: N818
    """An answer to an offer that was never made, has lapsed, or is answered."""


class RowInvalid(AgentError):  # noqa: N818
    """A row of a manifest that cannot be read."""


class ToolsUnsupported(AgentError):  # noqa: N818
    """The chat model is to call tools, and cannot."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"the chat model {model!r} cannot call tools; choose the tool mode 'planned' (ATTUNE_TOOL_MODE), or an "
            "endpoint whose model can (ATTUNE_BASE_URL and ATTUNE_MODEL)"
        )


class TurnRefused(AgentError):  # noqa: N818
    """A turn that cannot begin; nothing was perceived or recorded, and the next one may."""


class EmptyTurn(TurnRefused):
    """Neither words nor a picture nor a recording."""


class TextTooLong(TurnRefused):
    """More characters than a turn takes."""


class NoticeNotAcknowledged(TurnRefused):
    """Nothing is perceived before the person has acknowledged the notice."""


class NothingToRetry(TurnRefused):
    """The last turn of the session did not break."""

"""From what went wrong underneath to the errors of the agent."""

from __future__ import annotations

from agent.errors import (
    ChatModelBusy,
    ChatModelError,
    ChatModelFailed,
    ChatModelInterrupted,
    ChatModelRefusedRequest,
    ChatModelUnreachable,
)


def translate(error: Exception, *, where: str, model: str, text: str) -> ChatModelError:
    """The agent's error for one of the client's.

    Args:
        error: what the client raised.
        where: address of the endpoint.
        model: its name of the model.
        text: the part of the reply that had come.
    """
    import openai

    if text:
        return ChatModelInterrupted(f"{where} broke off in mid-reply: {_said(error)}", text=text)
    match error:
        case openai.RateLimitError():
            return ChatModelBusy(
                f"{where} is busy (429): {_said(error)}; try again later", retry_after=_retry_after(error)
            )
        case openai.APITimeoutError() | TimeoutError():
            return ChatModelUnreachable(f"{where} did not answer in time; is the server overloaded?")
        case openai.APIConnectionError() | OSError():
            return ChatModelUnreachable(f"{where} cannot be reached: {_said(error)}; is the server running?")
        case openai.APIStatusError() if error.status_code >= 500:
            return ChatModelFailed(f"{where} failed ({error.status_code}): {_said(error)}")
        case openai.APIStatusError():
            return ChatModelRefusedRequest(
                f"{where} refused the request for {model!r} ({error.status_code}): {_said(error)}; "
                "check the key, the model's name and the length of the prompt"
            )
        case _:
            return ChatModelFailed(f"{where} does not speak the chat completions protocol: {_said(error)}")


def _said(error: Exception) -> str:
    """The cause in one line: clients wrap the telling error in one that says little."""
    deepest: BaseException = error
    while deepest.__cause__ is not None:
        deepest = deepest.__cause__
    text = " ".join(str(deepest).split()) or type(deepest).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"


def _retry_after(error: Exception) -> float | None:
    import openai

    if not isinstance(error, openai.APIStatusError):
        return None
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None  # a date, which few servers send, or nothing

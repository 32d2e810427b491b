"""An OpenAI-compatible endpoint that can see, asked once and given up in time."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from perception.vision.mllm.stream import ProtocolError, Reply, ReplyTooLong, limited, read_events, read_object, told

if TYPE_CHECKING:
    import httpx

CONNECT_S: Final = 5.0
"""Seconds a connection may take."""
MAX_TOKENS: Final = 768
"""Of a reply, reasoning included."""
_ERROR_BYTES: Final = 10_000


class EndpointError(Exception):
    """The endpoint gave no answer; the message says why, and what to do."""


class EndpointSlow(EndpointError):  # noqa: N818  (named for what happened, as in httpx)
    """The answer was not complete in time."""


@dataclass(kw_only=True, slots=True)
class VisionEndpoint:
    """Where the model is. May be asked from several threads."""

    url: str
    """Up to and including the version, such as `http://127.0.0.1:8001/v1`."""
    model: str
    """The endpoint's name of the model."""
    key: str | None = field(default=None, repr=False)
    """None for endpoints that want none."""
    timeout: float = 9.0
    """Seconds for the whole answer."""
    logprobs: bool = True
    """Whether it is asked for log probabilities; turned off when it refuses to give them."""

    def ask(self, messages: Sequence[dict[str, Any]]) -> Reply:
        """Have one answer, which is streamed.

        Args:
            messages: Of the chat completions protocol.

        Raises:
            EndpointSlow: it was not there in time.
            EndpointError: the endpoint is down, refuses, or sends what is no answer.
        """
        import httpx

        if self.key and not (self.key.isascii() and self.key.isprintable()):
            raise EndpointError("the endpoint's key holds what no header can; correct ATTUNE_VISION_KEY")
        deadline = time.monotonic() + self.timeout
        try:
            return self._attempt(messages, deadline)
        except httpx.TimeoutException as error:
            raise self._slow() from error
        except (httpx.RemoteProtocolError, httpx.ReadError) as error:
            raise EndpointError(f"{self.url} broke off: {_said(error)}; look into the server's log") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise EndpointError(f"{self.url} cannot be reached: {_said(error)}; is the server running?") from error
        except ProtocolError as error:
            raise EndpointError(
                f"{self.url} does not speak the chat completions protocol: {error}; does the address end in /v1?"
            ) from error

    def _attempt(self, messages: Sequence[dict[str, Any]], deadline: float) -> Reply:
        import httpx

        url = f"{self.url.rstrip('/')}/chat/completions"
        limits = httpx.Timeout(self.timeout, connect=min(CONNECT_S, self.timeout))
        # a connection for each attempt: some endpoints hang up after a refusal without saying so
        with (
            httpx.Client(timeout=limits, verify=_certificates()) as client,
            client.stream("POST", url, json=self._body(messages), headers=self._headers()) as response,
        ):
            if response.status_code == 200:
                return self._read(response, deadline)
            said = _error_of(response)
        if response.status_code in {400, 422} and self.logprobs and "logprob" in said.lower():
            self.logprobs = False
            return self._attempt(messages, deadline)
        raise EndpointError(
            f"{self.url} {_refusal(response.status_code, self.model)}: {said or 'it says nothing more'}"
        )

    def _read(self, response: httpx.Response, deadline: float) -> Reply:
        reply = Reply()
        parts = self._until(deadline, response.iter_bytes())
        try:
            if response.headers.get("content-type", "").startswith("application/json"):
                # an endpoint that does not stream
                reply.add(read_object(b"".join(limited(parts))))
            else:
                for chunk in read_events(parts):
                    reply.add(chunk)
        except ReplyTooLong as error:
            raise EndpointError(f"{self.url} does not come to an end: {error}; try another model") from error
        if not reply.finish:
            raise EndpointError(f"{self.url} broke off in mid-answer; look into the server's log")
        return reply

    def _until(self, deadline: float, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            if time.monotonic() > deadline:
                raise self._slow()
            yield part

    def _slow(self) -> EndpointSlow:
        return EndpointSlow(
            f"{self.url} did not answer within {self.timeout:g} s; raise ATTUNE_SENSE_TIMEOUT, or take a smaller model"
        )

    def _body(self, messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        body = {"model": self.model, "messages": messages, "stream": True, "temperature": 0, "max_tokens": MAX_TOKENS}
        return body | ({"logprobs": True} if self.logprobs else {})

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


@cache
def _certificates() -> ssl.SSLContext:
    """Loaded once: it takes longer than a request to a machine nearby."""
    import httpx

    return httpx.create_ssl_context()


def _refusal(status: int, model: str) -> str:
    match status:
        case 401 | 403:
            return f"refused the key ({status}); correct ATTUNE_VISION_KEY"
        case 404:
            return (
                f"knows no such address or no model {model!r} (404); correct ATTUNE_VISION_URL or ATTUNE_VISION_MODEL"
            )
        case 429:
            return "is busy (429); try again later"
        case _ if status >= 500:
            return f"failed ({status}); look into the server's log"
        case _:
            return f"refused the request for {model!r} ({status}); can this model see pictures?"


def _error_of(response: httpx.Response) -> str:
    """What the body of a refusal says."""
    body = b""
    for part in response.iter_bytes():
        body += part
        if len(body) > _ERROR_BYTES:
            break
    try:
        value = read_object(body)
    except ProtocolError:
        return told(body[:200].decode("utf-8", "replace"))
    return told(value.get("error", value))


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__

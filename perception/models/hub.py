"""Files of a Hugging Face repository, over HTTPS, resumed with a range request."""

from __future__ import annotations

import contextlib
import socket
import threading
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import quote

from perception.models.manifest import HubSource, ModelFile
from perception.models.sources import Order, SourceFailed

if TYPE_CHECKING:
    import httpx

HUB = "https://huggingface.co"
CONNECT_S = 5.0
READ_S = 30.0
ATTEMPTS = 5


class HubFetcher:
    """Fetches from one repository at its pinned revision."""

    def __init__(self, source: HubSource, *, hub: str = HUB) -> None:
        self._source = source
        self._hub = hub.rstrip("/")

    def fetch(self, order: Order) -> None:
        import httpx

        timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            self._resolve_in_time()
            for file in order.entry.files:
                self._fetch_file(client, order, file)

    def _resolve_in_time(self) -> None:
        """Give up on a name server that does not answer: resolving knows no time limit of its own."""
        import httpx

        url = httpx.URL(self._hub)
        if urllib.request.getproxies().keys() & {"http", "https", "all"}:
            return  # a proxy resolves for us
        answered = threading.Event()

        def resolve() -> None:
            with contextlib.suppress(OSError):  # the request itself will say it better
                socket.getaddrinfo(url.host, url.port or 443)
            answered.set()

        threading.Thread(target=resolve, daemon=True).start()
        if not answered.wait(CONNECT_S):
            raise SourceFailed(f"the name {url.host!r} was not resolved within {CONNECT_S:.0f} s")

    def _fetch_file(self, client: httpx.Client, order: Order, file: ModelFile) -> None:
        import httpx

        for attempt in range(1, ATTEMPTS + 1):
            before = order.here(file.path)
            if before == file.size:
                return
            try:
                self._transfer(client, order, file)
            except (httpx.HTTPError, OSError) as error:
                # an attempt that brought nothing will not be the last one's luck
                if order.here(file.path) <= before or attempt == ATTEMPTS:
                    raise SourceFailed(_cause(error)) from error
        if order.here(file.path) != file.size:
            raise SourceFailed(f"{file.path!r} ended at {order.here(file.path)} of {file.size} bytes")

    def _transfer(self, client: httpx.Client, order: Order, file: ModelFile) -> None:
        target = order.folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        start = order.here(file.path)
        if start > file.size:
            start = 0
        url = f"{self._hub}/{self._source.repo}/resolve/{self._source.revision}/{quote(file.path)}"
        # compressed bodies would make a range mean other bytes
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with client.stream("GET", url, headers=headers) as response:
            response.raise_for_status()
            resumed = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
            with target.open("ab" if start and resumed else "wb") as out:
                # pieces as they come: a larger one would be lost when the connection breaks
                for chunk in response.iter_bytes():
                    out.write(chunk)
                    out.flush()
                    order.report()
                    if out.tell() > file.size:
                        raise SourceFailed(f"{file.path!r} is longer than its {file.size} bytes")


def _cause(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.request.url.host} answered {error.response.status_code}"
    if isinstance(error, httpx.ConnectTimeout):
        return f"{error.request.url.host} did not answer within {CONNECT_S:.0f} s"
    if isinstance(error, httpx.ConnectError):
        return f"{error.request.url.host} cannot be reached: {error}"
    return str(error) or type(error).__name__

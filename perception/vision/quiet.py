"""Keep native code from greeting on standard error."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

_ONE_AT_A_TIME = Lock()
_STDERR = 2


@contextmanager
def quiet_stderr(*banners: str) -> Iterator[None]:
    """Swallow lines that begin with one of `banners` while the block runs; all others are written when it ends.

    LiteRT has no switch for its greeting, which C++ code writes to the file descriptor, nor have libtiff and FFmpeg for
    what they complain of.
    """
    with _ONE_AT_A_TIME, tempfile.TemporaryFile() as held:
        try:
            kept = os.dup(_STDERR)
        except OSError:  # standard error is closed: nothing to keep quiet
            yield
            return
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            held.seek(0)
            unwanted = tuple(banner.encode() for banner in banners)
            rest = b"".join(line for line in held if not line.startswith(unwanted))
            with suppress(OSError):
                os.write(_STDERR, rest)

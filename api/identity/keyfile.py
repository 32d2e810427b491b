"""The keys of a server in a file of their own, beside the database.

Not a table: whoever copies or exports the conversations copies no keys, and a look at the file's number and time, two
microseconds, tells a running server whether another process has changed it. So a revoked key opens nothing from the
next request on.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.identity.errors import CredentialsRefused, KeyNameTaken, KeysUnusable, KeyUnknown
from api.identity.keys import ApiKey, new_key, parts_of

_VERSION: Final = 1
_NOBODY: Final = new_key("nobody", "nobody")[0]
"""What an unknown key is compared with, so that it takes as long as a known one."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    name: str
    user_id: Annotated[str, Field(min_length=1)]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1, le=_VERSION)
    keys: tuple[_Row, ...]


class KeyFile:
    """Keys by id. Reading is cheap and always up to date; writing replaces the file whole."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet, and there need be no file."""
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: Mapping[str, ApiKey] = MappingProxyType({})
        self._was_there = False

    @property
    def configured(self) -> bool:
        """Whether there are keys, those that open nothing any more among them: a door that had a lock stays locked.

        Raises:
            KeysUnusable: it cannot be told.
        """
        return bool(self.keys()) or self._was_there

    def keys(self) -> Mapping[str, ApiKey]:
        """All keys by id, as they are now.

        Raises:
            KeysUnusable: the file cannot be read.
        """
        try:
            found = self.path.stat()
            now = (found.st_ino, found.st_mtime_ns, found.st_size)
            if now != self._seen:
                self._keys, self._seen = MappingProxyType(_parse(self.path)), now
                self._was_there = True
        except FileNotFoundError:
            self._keys, self._seen = MappingProxyType({}), None
        except OSError as error:
            raise KeysUnusable(self.path, (error.strerror or str(error)).lower()) from error
        return self._keys

    def check(self, credential: str, now: datetime | None = None) -> ApiKey:
        """The key that somebody shows.

        Raises:
            CredentialsRefused: it is none, or opens nothing any more.
            KeysUnusable: the file cannot be read.
        """
        parts = parts_of(credential)
        key_id, secret = parts or ("", credential)
        kept = self.keys().get(key_id)
        if not (kept or _NOBODY).opened_by(secret) or kept is None:
            raise CredentialsRefused("the key is not one of this server's; check it, or ask for a new one")
        # only who knows the secret is told so much
        if (state := kept.state(now)) != "valid":
            raise CredentialsRefused(f"the key {kept.name!r} is {state}; ask for a new one")
        return kept

    def valid(self, key_id: str) -> bool:
        """Whether a key that was good is good still."""
        try:
            kept = self.keys().get(key_id)
        except KeysUnusable:
            return False
        return kept is not None and kept.state() == "valid"

    def add(self, name: str, user_id: str, *, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
        """Make a key; returns what is kept of it, and the key itself, which nobody can tell again.

        Raises:
            KeyNameTaken: a key that is not revoked has that name.
            KeysUnusable: the file cannot be read or written.
        """
        with self._changing() as write:
            if any(key.name == name and key.revoked_at is None for key in self.keys().values()):
                raise KeyNameTaken(name)
            kept, shown = new_key(name, user_id, expires_at=expires_at)
            write({**self.keys(), kept.key_id: kept})
        return kept, shown

    def revoke(self, wanted: str) -> ApiKey:
        """Have a key open nothing from now on.

        Args:
            wanted: Its id or its name.

        Raises:
            KeyUnknown: there is none that is not revoked.
            KeysUnusable: the file cannot be read or written.
        """
        with self._changing() as write:
            live = [key for key in self.keys().values() if key.revoked_at is None and wanted in {key.key_id, key.name}]
            if not live:
                raise KeyUnknown(wanted)
            gone = replace(live[0], revoked_at=datetime.now(UTC))
            write({**self.keys(), gone.key_id: gone})
        return gone

    @contextmanager
    def _changing(self) -> Iterator[Callable[[Mapping[str, ApiKey]], None]]:
        """No other process changes the file meanwhile."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self.path.with_name(f"{self.path.name}.lock").open("ab") as lock:
                try:
                    import fcntl
                except ImportError:  # Windows: two processes are not kept apart there
                    pass
                else:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                yield self._write
        except OSError as error:
            raise KeysUnusable(self.path, (error.strerror or str(error)).lower()) from error

    def _write(self, keys: Mapping[str, ApiKey]) -> None:
        content = _File(version=_VERSION, keys=tuple(_row(key) for key in keys.values()))
        text = json.dumps(content.model_dump(mode="json", exclude_none=True), indent=1, ensure_ascii=False)
        handle, name = tempfile.mkstemp(prefix=f"{self.path.name}.", dir=self.path.parent)  # readable to its owner only
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{text}\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise


def _parse(path: Path) -> dict[str, ApiKey]:
    try:
        content = _File.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise KeysUnusable(path, f"{where + ': ' if where else ''}{first['msg'].lower()}") from error
    return {row.key_id: ApiKey(**row.model_dump()) for row in content.keys}


def _row(key: ApiKey) -> _Row:
    return _Row(**{name: getattr(key, name) for name in _Row.model_fields})

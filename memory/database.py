"""One SQLite file: connections, transactions, and errors in our words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from memory.errors import MemoryStoreError
from memory.schema import BUSY_TIMEOUT_MS, prepare, translated

P = ParamSpec("P")
T = TypeVar("T")
_Work: TypeAlias = Callable[Concatenate[AsyncConnection, P], Awaitable[T]]

_BEGIN = "attune_begin"


class Database:
    """Short transactions on one file.

    Readers never wait. Writers of one process queue here, those of several processes in SQLite.
    """

    def __init__(self, path: Path, engine: AsyncEngine) -> None:
        self.path = path
        self._engine = engine
        # SQLite's own queue is a sleep that doubles: fair between processes, slow within one
        self._writing = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Make or migrate the file, then connect.

        Raises:
            DatabaseTooNew: a newer version of Attune has written it.
            DatabaseUnusable: it cannot be opened, or is no database of Attune.
        """
        await asyncio.to_thread(prepare, path)
        return cls(path, _engine(path))

    async def close(self) -> None:
        """Close every connection; the last to leave folds the write-ahead log into the file. May be called twice."""
        self._closed = True
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()

    async def read(self, work: _Work[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work in a transaction that sees one moment of the database."""
        return await self._to_its_end(
            self._transaction("DEFERRED", lambda connection: work(connection, *args, **kwargs))
        )

    async def write(self, work: _Work[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work in a transaction that owns the database from its first statement, and is kept whole or not at all."""
        return await self._to_its_end(self._exclusive(lambda connection: work(connection, *args, **kwargs)))

    async def _exclusive(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self._writing:
            return await self._transaction("IMMEDIATE", work)

    async def _transaction(self, mode: str, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        if self._closed:
            raise MemoryStoreError(f"the memory in {self.path} is closed; open it again with AffectMemory.open")
        with translated(self.path):
            async with self._engine.execution_options(**{_BEGIN: mode}).begin() as connection:
                return await work(connection)

    async def _to_its_end(self, transaction: Coroutine[Any, Any, T]) -> T:
        """Run a transaction that ends even when whoever waits for it is cancelled.

        Cancelled between two statements, a connection would keep its lock on the database and let nobody else write.
        """
        task = asyncio.create_task(transaction)
        self._running.add(task)
        task.add_done_callback(self._done)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even when nobody waits any more


def _engine(path: Path) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        # the driver's own BEGIN comes too late to number turns under a lock
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000},
        json_serializer=_compact_json,
    )
    event.listen(engine.sync_engine, "connect", _configure)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _configure(connection: Any, record: object) -> None:  # noqa: ARG001  (called by SQLAlchemy)
    cursor = connection.cursor()
    # with a write-ahead log, NORMAL can lose the last turns to a power cut, and never a whole database
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options()[_BEGIN]}")


def _compact_json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()

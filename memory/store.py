"""Affect memory: what was said, what was felt, and how sure we were, turn by turn."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from memory import corrections, exporting, retention, sessions, timeline, turns
from memory.database import Database
from memory.errors import TurnUnknown
from memory.points import Pruned, TimelineBucket, TimelinePoint
from memory.pruning import prune
from memory.records import CorrectionRecord, OfferRecord, Past, SessionRecord, TurnRecord
from memory.resumptions import Resumptions
from memory.rows import consent_row, offers_row
from perception import Emotion, Modality
from perception.observation import now


class AffectMemory:
    """The conversations of one database file. Build it with `open`, and close it, or use it in `async with`.

    Several processes may share a file. Everything here may raise `DatabaseUnusable` when the file cannot be read or
    written any more, and `MemoryStoreError` once it is closed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.resumptions = Resumptions(database)
        """How clients take up sessions that the server has forgotten."""

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open a database file; make it, and the folders above it, if it is not there.

        Raises:
            DatabaseTooNew: a newer version of Attune has written it.
            DatabaseUnusable: it cannot be opened, or is no database of Attune.
        """
        return cls(await Database.open(path))

    @property
    def path(self) -> Path:
        """The database file."""
        return self._database.path

    async def close(self) -> None:
        """Let go of the file. May be called twice."""
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start_session(
        self,
        *,
        user_id: str = "local",
        session_id: str | None = None,
        persona: str,
        lang: str | None,
        deployment_context: str,
        consent: Mapping[Modality, bool],
    ) -> SessionRecord:
        """Begin a conversation; the notice is not acknowledged yet.

        Raises:
            SessionExists: the chosen id is taken.
        """
        session = SessionRecord(
            session_id=session_id or uuid4().hex,
            user_id=user_id,
            persona=persona,
            lang=lang,
            deployment_context=deployment_context,
            consent=dict(consent),
            acknowledged_at=None,
            started_at=now(),
        )
        return await self._database.write(sessions.add, session)

    async def acknowledge(self, session_id: str, consent: Mapping[Modality, bool]) -> SessionRecord:
        """Keep the receipt of the notice: this moment, and what may be perceived from now on.

        Raises:
            SessionUnknown: there is no such session.
        """
        return await self._database.write(
            sessions.change, session_id, consent=consent_row(consent), acknowledged_at=now()
        )

    async def set_persona(self, session_id: str, persona: str) -> SessionRecord:
        """Remember who answers from now on.

        Raises:
            SessionUnknown: there is no such session.
        """
        return await self._database.write(sessions.change, session_id, persona=persona)

    async def set_offers(
        self, session_id: str, offers: Sequence[OfferRecord], *, persona: str | None = None
    ) -> SessionRecord:
        """Remember which handoffs were offered, and what became of them.

        Args:
            session_id: The conversation.
            offers: All that are to be known.
            persona: Who answers from now on; None changes nothing.

        Raises:
            SessionUnknown: there is no such session.
        """
        taken = {} if persona is None else {"persona": persona}
        return await self._database.write(sessions.change, session_id, offers=offers_row(offers), **taken)

    async def correct(
        self,
        session_id: str,
        *,
        number: int | None = None,
        emotion: Emotion | None = None,
        text: str = "",
        shared: bool = False,
    ) -> CorrectionRecord:
        """Write down that a turn was read wrong. The turn itself stays as it is.

        Args:
            session_id: The conversation.
            number: Of the turn; its last one when None.
            emotion: What the person felt.
            text: In their own words.
            shared: They agree that it is exported as labelled data.

        Raises:
            SessionUnknown: there is no such session.
            TurnUnknown: it has no such turn.
        """
        found = await self._database.read(turns.whole, session_id, 1, None if number is None else number + 1)
        if not found or number not in (None, found[-1].number):
            raise TurnUnknown(session_id, number)
        return await self._database.write(
            corrections.add, session_id, found[-1], emotion=emotion, text=text, shared=shared
        )

    async def corrections(self, session_id: str) -> tuple[CorrectionRecord, ...]:
        """What the person said about how they were read in a session: the newest, oldest first."""
        return await self._database.read(corrections.of_session, session_id)

    def labelled(self, user_id: str | None = None) -> AsyncGenerator[dict[str, Any], None]:
        """Turns with the emotion that the person said they felt: `id`, `text`, `lang`, `label`, `read`, `observations`.

        Only those for which they agreed to that.

        Args:
            user_id: Whose; of everybody when None.
        """
        return corrections.labelled(self._database, user_id)

    async def session(self, session_id: str) -> SessionRecord:
        """One conversation by its id.

        Raises:
            SessionUnknown: there is none; names those that look alike.
        """
        return await self._database.read(sessions.get, session_id)

    async def known_session(self, session_id: str) -> SessionRecord | None:
        """The same, or None. It looks for none that look alike: one that is not there takes no longer than another."""
        return await self._database.read(sessions.known, session_id)

    async def find_session(self, name: str) -> SessionRecord:
        """One conversation as a person names it: the id, its beginning, or `last` for the newest.

        Raises:
            SessionUnknown: none begins like that; names those that look alike.
            SessionAmbiguous: several do.
        """
        return await self._database.read(sessions.find, name)

    async def sessions(
        self, *, user_id: str | None = None, limit: int = 20, before: str | None = None
    ) -> tuple[SessionRecord, ...]:
        """Conversations of one person or of all, the last begun first; the cost does not grow with their number.

        Args:
            user_id: Whose; of all when None.
            limit: How many at most.
            before: The id of the last one of the page before, to go on from there.

        Raises:
            SessionUnknown: `before` is not there, or not of that person.
        """
        return await self._database.read(sessions.latest, user_id=user_id, limit=max(0, limit), before=before)

    async def record_turn(self, turn: TurnRecord) -> TurnRecord:
        """Write a turn as the next of its session, in one transaction.

        A turn is written once: a second write of the same `turn_id` changes nothing and returns the first. Cancelled
        while it writes, it ends its transaction before it gives way.

        Returns:
            The turn with the number it got, without features.

        Raises:
            SessionUnknown: there is no such session.
            TurnElsewhere: a turn of another session has that id.
        """
        return await self._database.write(turns.record, turn)

    async def has_turn(self, session_id: str, turn_id: str) -> bool:
        """Whether a turn of a conversation has been written.

        Raises:
            SessionUnknown: there is no such session.
        """
        return await self._database.read(turns.written, session_id, turn_id)

    async def past(self, session_id: str, limit: int) -> Past:
        """A conversation and its last turns, as of one moment; the cost does not grow with the conversation.

        Raises:
            SessionUnknown: there is no such session.
        """
        return await self._database.read(turns.past, session_id, max(0, limit))

    async def recent_turns(self, session_id: str, limit: int) -> tuple[TurnRecord, ...]:
        """The last turns, oldest first, with affect but without observations; the cost does not grow with the session.

        Raises:
            SessionUnknown: there is no such session.
        """
        return await self._database.read(turns.latest, session_id, max(0, limit))

    async def history(
        self, session_id: str, *, limit: int | None = None, before: int | None = None
    ) -> tuple[TurnRecord, ...]:
        """All turns, or the last `limit`, oldest first, with everything that was observed.

        Args:
            session_id: The conversation.
            limit: How many at most; all when None.
            before: Only turns with a smaller number: that of the first one of the page before, to go on from there.

        Raises:
            SessionUnknown: there is no such session.
        """
        return await self._database.read(turns.whole, session_id, None if limit is None else max(0, limit), before)

    async def timeline(
        self, user_id: str, *, since: datetime | None = None, until: datetime | None = None, limit: int = 1000
    ) -> tuple[TimelinePoint, ...]:
        """How the turns of a person felt, across their sessions, oldest first; turns without affect are among them.

        Args:
            user_id: Whose. Nobody of that name has no turns.
            since: Only turns that began then or later, with a time zone.
            until: Only turns that began before.
            limit: How many at most; the newest are kept.
        """
        return await self._database.read(timeline.points, user_id, since=since, until=until, limit=max(0, limit))

    async def timeline_buckets(
        self, user_id: str, *, since: datetime | None = None, until: datetime | None = None, most: int = 200
    ) -> tuple[TimelineBucket, ...]:
        """The same for any length of time, as means over stretches of equal length: hours, or days in UTC.

        Args:
            user_id: Whose.
            since: From the hour of this moment on, with a time zone.
            until: To the hour before this moment, or its own when it is not the full hour.
            most: How many stretches at most, from 1; those without turns are left out.
        """
        return await self._database.read(timeline.buckets, user_id, since=since, until=until, most=max(1, most))

    async def shrinks(self) -> bool:
        """Whether the file gives back the room of what is deleted; one of an old version does only after `compact`."""
        return await self._database.shrinks()

    async def compact(self) -> None:
        """Write the file anew, without gaps, and able to shrink from then on. Nobody can write meanwhile.

        Raises:
            DatabaseUnusable: there is no room for a second copy, or another process keeps the file busy.
        """
        await self._database.compact()

    async def people(self) -> tuple[str, ...]:
        """Everybody of whom something is kept, in the order in which they came."""
        return tuple(name for _, name in await self._database.read(retention.people))

    async def turn_count(self, user_id: str) -> int:
        """How many turns of a person are kept."""
        return await self._database.read(exporting.count, user_id)

    def export(
        self, user_id: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Everything that is kept of a person, as JSON-ready rows, at constant memory.

        Rows are told apart by `kind`: `user`, then for each session `session` (with the receipt of its consent) and its
        turns as `turn` (with affect and observations, as in `TurnRecord.as_dict`), and what they said of how they were
        read as `correction`. What is written or deleted
        meanwhile may be missing. Nobody of that name has no rows.

        Args:
            user_id: Whose.
            since: Only turns that began then or later, with the sessions that have any, or began then or later.
            until: The same for before.
        """
        return exporting.rows(self._database, user_id, since, until)

    async def prune(self, older_than: datetime, *, dry_run: bool = False) -> Pruned:
        """Delete the turns that began before a moment, and the sessions and people of whom nothing is left then.

        It works in short transactions, between which others write. Interrupted, it has deleted the oldest.

        Args:
            older_than: With a time zone. A session that has begun later stays, also without turns.
            dry_run: Count only.

        Returns:
            What was deleted, or would be.
        """
        return await prune(self._database, older_than, dry_run=dry_run)

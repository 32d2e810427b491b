"""Pictures of many people's cameras, read as they come, the newest first and never in a queue."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Protocol

from perception.errors import MediaError
from perception.live.mailbox import Mailbox
from perception.live.smoother import FORGET, AffectSmoother
from perception.live.values import LiveStatistics, LiveUpdate
from perception.media.images import decode_image
from perception.media.limits import MediaLimits
from perception.media.values import Frame
from perception.observation import Observation, now
from perception.vision.tracking import TrackedFace

log = logging.getLogger(__name__)

LIMITS: Final = MediaLimits(image_bytes=1_000_000, image_pixels=1920 * 1080)
"""Of a picture of a camera."""
A_SECOND: Final = 10.0
"""Updates a second and person, at most, on average."""
IDLE: Final = 30.0
"""Seconds without a picture after which a person is forgotten when the next one comes."""
MOST: Final = 64
"""People at once."""


class Reader(Protocol):
    """What reads one person's pictures, one after the other; a `FaceStream`."""

    @property
    def face(self) -> TrackedFace | None:
        """The one that was read last."""

    def read(self, frame: Frame) -> Observation:
        """Read the next picture."""


class Sense(Protocol):
    """What a live link needs of the sense of sight; an `EmbeddedVision`."""

    def track(self) -> Reader:
        """Begin to read somebody's pictures."""


Publish = Callable[[LiveUpdate], None]


class LiveFaces:
    """Reads the newest picture of everybody. May be called from several threads.

    Of each person one picture is under way and one waits; a newer one takes the place of the one that waits. So the age
    of an update never grows, however busy the machine is: what cannot be read in time is dropped.
    """

    def __init__(
        self,
        sense: Sense,
        publish: Publish | None = None,
        *,
        threads: int = 1,
        a_second: float = A_SECOND,
        idle: float = IDLE,
        most: int = MOST,
        limits: MediaLimits = LIMITS,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Begin with nobody.

        Args:
            sense: reads the pictures.
            publish: is told each update, on a thread of the link; see `watch` for coroutines.
            threads: that decode and read.
            a_second: updates a second and person, at most.
            idle: seconds, as `IDLE`.
            most: people at once.
            limits: bounds of a picture.
            clock: tells this moment, with time zone.

        Raises:
            ValueError: a number that is not above 0.
        """
        if not (threads >= 1 and most >= 1 and a_second > 0 and idle > 0):
            raise ValueError(
                f"a live link takes numbers above 0, got threads={threads!r}, a_second={a_second!r}, idle={idle!r}, "
                f"most={most!r}"
            )
        self._sense, self._publish = sense, publish
        self._pause, self._idle, self._most = timedelta(seconds=1 / a_second), idle, most
        self._limits, self._clock = limits, clock
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="live")
        self._people: dict[str, _Person] = {}
        self._mailboxes: dict[str, set[Mailbox]] = {}
        self._counts: Counter[str] = Counter()
        self._lock = Lock()
        self._closed = False

    @property
    def statistics(self) -> LiveStatistics:
        """So far, of everybody."""
        with self._lock:
            return LiveStatistics(**self._counts)

    @property
    def people(self) -> tuple[str, ...]:
        """Those who are known now."""
        with self._lock:
            return tuple(self._people)

    def offer(self, person: str, jpeg: bytes, captured_at: datetime) -> bool:
        """Take a picture and return at once.

        Args:
            person: whose camera it is; any name.
            jpeg: as `decode_image` takes it.
            captured_at: with time zone.

        Returns:
            Whether it is under way or waits; False where it came after a newer one, or where there are too many people
            or the link is closed.
        """
        with self._lock:
            self._counts["offered"] += 1
            known = None if self._closed else self._admitted(person)
            if known is None or known.is_late(captured_at):
                self._counts["dropped"] += 1
                return False
            if known.waiting is not None:
                self._counts["dropped"] += 1
            known.waiting, known.newest, known.heard = (jpeg, captured_at), captured_at, self._clock()
            if not known.busy:
                known.busy = True
                self._pool.submit(self._work, known)
            return True

    def leave(self, person: str) -> None:
        """Forget somebody, now; what is under way is not told. Nothing happens where nobody of that name is known."""
        with self._lock:
            self._forget(person)

    async def watch(self, person: str) -> AsyncIterator[LiveUpdate]:
        """The updates of one person, until the link is closed. Whoever is slow misses some, and never gets old ones."""
        mailbox = Mailbox()
        with self._lock:
            if self._closed:
                return
            self._mailboxes.setdefault(person, set()).add(mailbox)
        try:
            async with aclosing(mailbox.updates()) as updates:
                async for update in updates:
                    yield update
        finally:
            with self._lock:
                left = self._mailboxes.get(person, set())
                left.discard(mailbox)
                if not left:
                    self._mailboxes.pop(person, None)

    def close(self) -> None:
        """Drop what waits, finish what is under way, and end all `watch`."""
        with self._lock:
            self._closed = True
            for person in tuple(self._people):
                self._forget(person)
            mailboxes = [mailbox for each in self._mailboxes.values() for mailbox in each]
        for mailbox in mailboxes:
            mailbox.close()
        self._pool.shutdown(wait=True)

    def _admitted(self, name: str) -> _Person | None:
        """Somebody, known or new; None where there are too many, none of whom is idle."""
        if name not in self._people:
            self._evict()
            if len(self._people) >= self._most:
                return None
            self._people[name] = _Person(name=name, reader=self._sense.track(), heard=self._clock())
        return self._people[name]

    def _evict(self) -> None:
        moment = self._clock()
        for person in tuple(self._people.values()):
            if (moment - person.heard).total_seconds() > self._idle:
                self._forget(person.name)

    def _forget(self, name: str) -> None:
        person = self._people.pop(name, None)
        if person is not None:
            person.gone = True
            if person.waiting is not None:
                self._counts["dropped"] += 1
                person.waiting = None

    def _work(self, person: _Person) -> None:
        """Read what waits. What comes meanwhile goes to the end of the line, so that everybody has a turn."""
        waiting = self._taken(person)
        if waiting is not None:
            read = self._read(person, *waiting)
            with self._lock:
                self._counts["read" if read else "failed"] += 1
        with self._lock:
            person.busy = person.waiting is not None
            if person.busy:
                self._pool.submit(self._work, person)

    def _taken(self, person: _Person) -> tuple[bytes, datetime] | None:
        with self._lock:
            waiting, person.waiting = person.waiting, None
            return waiting

    def _read(self, person: _Person, jpeg: bytes, captured_at: datetime) -> bool:
        try:
            frame = decode_image(jpeg, limits=self._limits, captured_at=captured_at)
            observation = person.reader.read(frame)
            person.smoother.take(observation)
            self._tell(person, observation)
        except MediaError as error:
            log.debug("a picture of %r cannot be read: %s", person.name, error)
            return False
        except Exception:
            # one picture must not end the link
            log.exception("a picture of %r could not be read", person.name)
            return False
        return True

    def _tell(self, person: _Person, observation: Observation) -> None:
        moment = self._clock()
        if not person.is_due(moment, self._pause):
            return
        age = max(0.0, (moment - observation.captured_at).total_seconds() * 1000)
        update = LiveUpdate(
            person=person.name,
            observation=observation,
            affect=person.smoother.now,
            face=person.reader.face,
            age_ms=age,
        )
        with self._lock:
            if person.gone:
                return
            person.tell(moment, self._pause)
            self._counts["published"] += 1
            mailboxes = tuple(self._mailboxes.get(person.name, ()))
        for mailbox in mailboxes:
            mailbox.put(update)
        if self._publish is not None:
            self._publish(update)


@dataclass(kw_only=True, slots=True)
class _Person:
    """One camera. Reader and smoother belong to the one worker at a time; the rest is under the link's lock."""

    name: str
    reader: Reader
    heard: datetime
    smoother: AffectSmoother = field(default_factory=AffectSmoother)
    waiting: tuple[bytes, datetime] | None = None
    newest: datetime | None = None
    due: datetime | None = None
    busy: bool = False
    gone: bool = False

    def is_late(self, captured_at: datetime) -> bool:
        """Whether a newer picture came already; one that is much older comes from a clock that was set back."""
        return self.newest is not None and 0 <= (self.newest - captured_at).total_seconds() <= FORGET

    def is_due(self, moment: datetime, pause: timedelta) -> bool:
        """Whether the next update may be told; a due time far ahead comes from a clock that was set back."""
        return self.due is None or moment >= self.due or self.due - moment > 2 * pause

    def tell(self, moment: datetime, pause: timedelta) -> None:
        """An update is told; one that comes a little late does not make the next one later."""
        late = timedelta(0) if self.due is None else min(max(timedelta(0), moment - self.due), pause)
        self.due = moment - late + pause

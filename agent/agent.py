"""The public door: sessions and turns."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from agent.broken import BrokenTurns
from agent.casting import persona_of
from agent.chat_models import ToolCaller
from agent.checkpoints import open_checkpoints
from agent.corrections import emotion_in
from agent.errors import EmptyTurn, TextTooLong, ToolsUnsupported
from agent.events import TurnEvent, TurnInput
from agent.graph import build_graph
from agent.handing import take_answer
from agent.prompts import compile_messages
from agent.safety import DeploymentContext, allowed_modalities, notice
from agent.state import Consent, ToolMode, TurnContext, TurnMedia, TurnState
from agent.turns import Turns
from agent.upkeep import upkept
from agent.voices import Voices
from agent.watching import UNWATCHED, TurnWatch, Watcher
from memory import AffectMemory, CorrectionRecord, Past, SessionRecord
from perception import Emotion, Modality
from perception.observation import now

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    from agent.chat_models import ChatModel
    from agent.senses import Senses
    from personas import PersonaBook

TEXT_LIMIT: Final = 20_000
"""Characters a person may type in one turn."""


class Agent:
    """An agent that perceives emotion, remembers it, and answers in persona.

    One agent serves many sessions at once; a session has one turn at a time.
    """

    def __init__(
        self,
        *,
        senses: Senses,
        chat: ChatModel,
        book: PersonaBook,
        memory: AffectMemory,
        checkpoints: AsyncSqliteSaver,
        modalities: Collection[Modality],
        deployment: DeploymentContext,
        locale: str | None,
        tool_mode: ToolMode = "planned",
    ) -> None:
        """Put the parts together; `Agent.open` does so from a path."""
        self.memory = memory
        self.book = book
        self.chat = chat
        self.senses = senses
        self.modalities = frozenset(modalities)
        self.deployment = deployment
        self.watcher: Watcher | None = None
        """Is told of the turns that begin from then on."""
        self.tool_mode = tool_mode
        self._locale = locale
        self._voices = Voices()
        graph = build_graph(book.names, modalities=modalities, deployment=deployment)
        self._turns = Turns(graph.compile(), BrokenTurns(graph, checkpoints), memory, self._context)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        database: Path,
        senses: Senses,
        chat: ChatModel,
        book: PersonaBook,
        modalities: Collection[Modality] | None = None,
        deployment: DeploymentContext = DeploymentContext.PERSONAL,
        locale: str | None = None,
        retain: timedelta | None = None,
        tool_mode: ToolMode = "planned",
    ) -> AsyncIterator[Self]:
        """An agent on a database file, made and migrated as needed; checkpoints go into a file beside it.

        Args:
            database: The SQLite file of the conversations.
            senses: The perceivers; closed with the agent.
            chat: The language model; closed with the agent.
            book: The personas.
            modalities: Which senses the graph is built with; by default all that the deployment context allows.
            deployment: What the agent is used for.
            locale: BCP 47 tag for crisis resources.
            retain: How long a turn is kept: what is older goes beside the turns, now and once a day; nothing when None.
            tool_mode: `model` gives the tools to the chat model too, after the planned calls.

        Raises:
            GateClosed: the deployment context forbids one of the modalities.
            MemoryStoreError: the database cannot be used.
            ToolsUnsupported: in mode `model`, a chat model that cannot call tools.
        """
        async with AsyncExitStack() as stack:
            stack.callback(senses.close)
            stack.push_async_callback(chat.aclose)
            if tool_mode == "model" and not isinstance(chat, ToolCaller):
                raise ToolsUnsupported(chat.name)
            memory = await stack.enter_async_context(await AffectMemory.open(database))
            checkpoints = await stack.enter_async_context(
                open_checkpoints(database.with_name(f"{database.stem}.checkpoints{database.suffix}"))
            )
            await stack.enter_async_context(upkept(memory, checkpoints, retain))
            yield cls(
                senses=senses,
                chat=chat,
                book=book,
                memory=memory,
                checkpoints=checkpoints,
                modalities=allowed_modalities(deployment) if modalities is None else modalities,
                deployment=deployment,
                locale=locale,
                tool_mode=tool_mode,
            )

    async def start(
        self,
        *,
        persona: str = "chat",
        lang: str | None = None,
        user_id: str = "local",
        session_id: str | None = None,
    ) -> SessionRecord:
        """Begin a session. Nothing is perceived in it before its notice is acknowledged.

        Raises:
            UnknownPersona: nobody is called that.
        """
        persona_of(self.book, persona)
        return await self.memory.start_session(
            session_id=session_id,
            user_id=user_id,
            persona=persona,
            lang=lang,
            deployment_context=self.deployment.value,
            consent=dict.fromkeys(Modality, False),
        )

    def notice(self, lang: str) -> str:
        """What a person must be told first: this is an AI that reads emotion, from what, and what it keeps."""
        return notice(lang, self.deployment, self.modalities)

    async def acknowledge(self, session_id: str, consent: Mapping[Modality, bool]) -> SessionRecord:
        """Keep the receipt: the person has seen the notice and allows these senses.

        It holds at once, for a turn that is running too: what is withdrawn is neither perceived nor kept any more.
        """
        session = await self.memory.acknowledge(session_id, consent)
        self._turns.consent(session_id, session.consent)
        if not session.consent.get(Modality.AUDIO, False):
            self._voices.forget(session_id)
        return session

    async def find_session(self, name: str) -> SessionRecord:
        """A session as a person names it: its id, the beginning of it, or `last`.

        Raises:
            SessionUnknown: none begins like that.
            SessionAmbiguous: several do.
        """
        return await self.memory.find_session(name)

    async def warm_up(
        self, persona: str = "chat", lang: str = "en", *, modalities: Collection[Modality] = tuple(Modality)
    ) -> None:
        """Load the models, and let the chat model read the beginning of a persona's prompt, before the first turn.

        Args:
            persona: Who will probably answer.
            lang: In which language.
            modalities: The senses that will probably be asked.

        Raises:
            UnknownPersona: nobody is called that.
            ChatModelError: the model cannot be loaded.
        """
        prompt = compile_messages(
            persona=persona_of(self.book, persona), lang=lang, history=(), user_text="", briefing=""
        )
        await asyncio.gather(self.senses.warm_up(modalities), self.chat.warm_up(prompt[:-1]))

    async def choose_persona(self, session_id: str, persona: str, lang: str) -> str:
        """Let another persona answer from now on, and return its greeting.

        Raises:
            UnknownPersona: nobody is called that.
            SessionUnknown: there is no such session.
        """
        chosen = persona_of(self.book, persona)
        await self.memory.set_persona(session_id, persona)
        return chosen.greeting_in(lang)

    async def answer_handoff(self, session_id: str, accept: bool, *, offer: str | None = None) -> str:
        """Take the person's answer to an offered handoff, and return the persona that answers from now on.

        Args:
            session_id: The conversation.
            accept: Let that persona take over. It does not greet: it answers what comes next.
            offer: Which one; the one that is open when None.

        Raises:
            NoHandoffOffered: no such offer is open any more.
            SessionUnknown: there is no such session.
        """
        return await take_answer(self.memory, session_id, offer, accept)

    async def correct(
        self,
        session_id: str,
        *,
        number: int | None = None,
        emotion: Emotion | None = None,
        text: str = "",
        shared: bool = False,
    ) -> CorrectionRecord:
        """The person was read wrong: their word holds for that turn, and in the session from now on.

        Args:
            session_id: The conversation.
            number: Of the turn; its last one when None.
            emotion: What they felt; else what `text` says, if it names a feeling.
            text: In their own words.
            shared: They agree that it is exported as labelled data.

        Raises:
            TurnUnknown: there is no such turn.
            SessionUnknown: there is no such session.
        """
        said = emotion or (emotion_in(text) if text else None)
        return await self.memory.correct(session_id, number=number, emotion=said, text=text, shared=shared)

    async def turn(self, session_id: str, message: TurnInput) -> AsyncGenerator[TurnEvent, None]:
        """Run one turn, yielding what happens while it happens; `Done` comes last, when the turn is in the database.

        Raises:
            EmptyTurn: there are no words, no picture and no recording.
            TextTooLong: more than `TEXT_LIMIT` characters.
            NoticeNotAcknowledged: the person has not acknowledged the notice.
            SessionUnknown: there is no such session.
            ChatModelError: the model could not answer. Nothing is recorded; `retry` takes up the turn where it broke.
        """
        text = message.text.strip()
        if not (text or message.frame or message.clip):
            raise EmptyTurn("the message is empty; type something, or send a picture or a recording")
        if len(text) > TEXT_LIMIT:
            raise TextTooLong(f"the message has {len(text):,} characters; one turn takes {TEXT_LIMIT:,}: send less")
        media = TurnMedia(
            frames={"frame": message.frame} if message.frame else {},
            clips={"clip": replace(message.clip, speaker=self._voices.of(session_id))} if message.clip else {},
        )
        state: TurnState = {
            "turn_id": message.turn_id or uuid.uuid4().hex,
            "started_at": now(),
            "text": text,
            "wanted_lang": message.lang,
            "frame_ref": "frame" if message.frame else None,
            "clip_ref": "clip" if message.clip else None,
            "observations": {},
            "trace": {},
        }
        with self._watch(session_id, state["turn_id"]) as watch:
            async with aclosing(self._turns.run(session_id, state, media, watch)) as events:
                async for event in events:
                    yield event

    def running(self, session_id: str) -> bool:
        """Whether a turn of a session runs now; another would wait for its end."""
        return self._turns.running(session_id)

    async def retry(self, session_id: str) -> AsyncGenerator[TurnEvent, None]:
        """Take up the session's broken turn after its last finished step: the senses are not asked again.

        Raises:
            NothingToRetry: the last turn of the session did not break.
        """
        with self._watch(session_id, None) as watch:
            async with aclosing(self._turns.retry(session_id, watch)) as events:
                async for event in events:
                    yield event

    def _watch(self, session_id: str, turn_id: str | None) -> TurnWatch:
        return self.watcher.turn(session_id, turn_id) if self.watcher else UNWATCHED

    def _context(self, past: Past, consent: Consent, media: TurnMedia, watch: TurnWatch) -> TurnContext:
        return TurnContext(
            past=past,
            consent=consent,
            modalities=self.modalities,
            senses=self.senses,
            chat=self.chat,
            memory=self.memory,
            book=self.book,
            media=media,
            locale=self._locale,
            tool_mode=self.tool_mode,
            watch=watch,
        )

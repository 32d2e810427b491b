"""Handoffs as people meet them: an offer, its question, and what their answer does."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import uuid4

from agent.errors import NoHandoffOffered
from agent.routing import OPEN, is_open
from memory import AffectMemory, OfferRecord
from personas import Handoff, Lang, Persona, in_language

# it names the persona and not the feeling, which may be read wrong
_QUESTION: Final[dict[Lang, str]] = {
    "en": "Would you rather go on with “{title}” for now? You decide; nothing changes until you say yes.",
    "zh": "要不要先换成“{title}”陪你聊？由你决定，你不答应就保持现在这样。",
}


def question(persona: Persona, lang: str) -> str:
    """Whether a persona should take over."""
    return in_language(_QUESTION, lang).format(title=in_language(persona.title, lang))


def new_offer(rule: Handoff, number: int) -> OfferRecord:
    """An offer made in a turn."""
    return OfferRecord(offer=uuid4().hex[:12], persona=rule.to, number=number)


async def take_answer(memory: AffectMemory, session_id: str, offer: str | None, accept: bool) -> str:
    """Do what the person says about an offer.

    Args:
        memory: The conversations.
        session_id: Whose.
        offer: Which; the one that is open when None.
        accept: Let that persona take over.

    Returns:
        The persona that answers from now on.

    Raises:
        NoHandoffOffered: no such offer is open any more.
        SessionUnknown: there is no such session.
    """
    past = await memory.past(session_id, 1)
    number = past.turns[-1].number if past.turns else 0
    known = [one for one in past.session.offers if offer in (None, one.offer)]
    # the turn that made the offer may not be written yet
    found = next((one for one in reversed(known) if is_open(one, max(number, one.number))), None)
    if found is None:
        which = "no handoff is offered" if offer is None else f"no offer {offer!r} is open"
        raise NoHandoffOffered(f"{which}; an offer lapses {OPEN} turns after it was made, or with its answer")
    answered = replace(found, answer="accepted" if accept else "declined")
    offers = tuple(answered if one.offer == found.offer else one for one in past.session.offers)
    await memory.set_offers(session_id, offers, persona=found.persona if accept else None)
    return found.persona if accept else past.session.persona

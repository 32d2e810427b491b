"""Where a person in a crisis finds people, and the reply that says so. It needs no model and no network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from agent.safety.crisis import CrisisSignal

OTHER: Final = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """A line where people listen."""

    locale: str
    """BCP 47 tag, or `other`."""
    region: str
    """Where it is for."""
    name: str
    """What it is called."""
    contact: str
    """How to reach it."""
    hours: str
    """When; empty when that differs."""
    emergency: str
    """Number for immediate danger there."""
    source: str
    """Who says so."""
    checked: str
    """Year and month in which that was read."""


def resources_for(locale: str | None, *, lang: str) -> tuple[Resource, ...]:
    """The lines for a locale, in the words of `lang`.

    A locale is matched by its region, so `zh-US` gets those of the United States; one that is not known gets the
    directory of all countries. Without a locale all are given, since a language does not tell where somebody is.
    """
    entries = {key: _resource(key, lang) for key in _texts()["locales"]}
    if not locale:
        return tuple(entries.values())
    region = _region(locale)
    return tuple(entry for key, entry in entries.items() if _region(key) == region) or (entries[OTHER],)


def crisis_reply(signal: CrisisSignal, *, lang: str, locale: str | None = None) -> str:
    """Fixed words: acknowledge, ask directly, name people who help, stay.

    Args:
        signal: what was heard.
        lang: `en` or `zh`; English for any other.
        locale: BCP 47 tag such as `en-GB`; None offers the lines of several regions.
    """
    replies = _texts()["replies"]
    texts = replies.get(lang) or replies["en"]
    kind = "other" if signal.about == "other" else signal.level
    found = resources_for(locale, lang=lang if lang in replies else "en")
    number = found[0].emergency if len(found) == 1 and found[0].locale != OTHER else texts["danger_local"]
    lines = [_line(resource, texts, region=len(found) > 1) for resource in found]
    danger = texts["danger_other" if kind == "other" else "danger"].format(emergency=number)
    paragraphs = [
        texts["acknowledge"][kind],
        texts["ask"][kind],
        texts["human"][kind],
        "\n".join([texts["resources"], *lines]),
        danger,
        texts["stay"],
    ]
    return "\n\n".join(paragraphs)


def _line(resource: Resource, texts: dict[str, Any], *, region: bool) -> str:
    template = texts["line_region" if region else "line"]
    line: str = template.format(name=resource.name, contact=resource.contact, region=resource.region)
    return line + (texts["bracket"].format(hours=resource.hours) if resource.hours else "")


def _region(locale: str) -> str:
    """`US` of `en-US`, `zh_Hans_US.UTF-8` or `us`; the whole in capitals when there is none."""
    parts = locale.partition(".")[0].replace("_", "-").upper().split("-")
    return next((part for part in reversed(parts) if len(part) == 2), locale.upper())


def _resource(key: str, lang: str) -> Resource:
    entry = _texts()["locales"][key]

    def said(name: str) -> str:
        forms: dict[str, str] = entry[name]
        return forms.get(lang, forms["en"])

    return Resource(
        locale=key,
        region=said("region"),
        name=said("name"),
        contact=said("contact"),
        hours=said("hours"),
        emergency=entry["emergency"],
        source=entry["source"],
        checked=_texts()["checked"],
    )


@cache
def _texts() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("resources.yaml").read_text("utf-8"))
    return loaded

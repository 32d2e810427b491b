"""The licence of weights follows from the data they were trained on.

Whether weights derive from their data in the sense of copyright is not settled; they are treated as if they did, and
where a licence and the flag beside it disagree, the stricter of the two holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from perception.models.policy import WeightsPolicy
from perception.training.errors import LicenceForbids

RESEARCH: Final = "research, non-commercial"
"""Licence of weights that a non-commercial set shaped."""
ATTRIBUTION: Final = "CC-BY-4.0"
"""Licence of weights whose sets ask for nothing but to be named, or for nothing at all."""

_NON_COMMERCIAL: Final = re.compile(r"\bNC\b|(?i:\bnon-?commercial|\bresearch\b)")
_NO_DERIVATIVES: Final = re.compile(r"\bND\b|(?i:\bno[ -]?deriv)")
# ODbL is not among these: it asks it of databases, not of works produced from them
_SHARE_ALIKE: Final = re.compile(r"\bSA\b|\bA?GPL|(?i:\bshare[ -]?alike)")
_KNOWN_ALIKE: Final = re.compile(r"CC[ -]BY-SA[ -][0-9.]+|A?GPL[ -][0-9.]+(?:-only|-or-later)?")


class Licensed(Protocol):
    """A data set, as far as its licence is concerned."""

    @property
    def name(self) -> str:
        """As its authors call it."""

    @property
    def licence(self) -> str:
        """SPDX identifier where there is one."""

    @property
    def commercial(self) -> bool:
        """Whether weights trained on it may be used commercially."""


SourceT = TypeVar("SourceT", bound=Licensed)


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightsLicence:
    """What may be done with weights."""

    licence: str
    """SPDX identifier, or `RESEARCH`."""
    commercial: bool
    """Whether that allows commercial use."""
    why: str
    """Which data sets make it so: one or more sentences."""


def allows_commerce(source: Licensed) -> bool:
    """Whether weights trained on a set may be used commercially, by its flag and by the words of its licence."""
    return source.commercial and not _NON_COMMERCIAL.search(source.licence)


def weights_licence(sources: Iterable[Licensed]) -> WeightsLicence:
    """The strictest that the data sets require.

    Raises:
        LicenceForbids: there is no set; one forbids derivatives, so that the weights may not be shared; or two that
            allow commercial use ask for different licences of what is made of them.
    """
    used = tuple(sources)
    if not used:
        raise LicenceForbids("no data set is named, so what the weights allow is unknown; name each one trained on")
    closed = [source for source in used if _NO_DERIVATIVES.search(source.licence)]
    if closed:
        raise LicenceForbids(
            f"derivatives are forbidden by {_named(closed)}: weights trained on it may not be shared; leave it out"
        )
    research = [source for source in used if not allows_commerce(source)]
    if research:
        why = f"Commercial use is not allowed by {_named(research)}.{_alike(used)}"
        return WeightsLicence(licence=RESEARCH, commercial=False, why=why)
    why = f"Commercial use is allowed, with attribution, by {_named(used)}.{_alike(used)}"
    return WeightsLicence(licence=_copyleft(used) or ATTRIBUTION, commercial=True, why=why)


def select_sources(
    sources: Iterable[SourceT], policy: WeightsPolicy
) -> tuple[tuple[SourceT, ...], tuple[SourceT, ...]]:
    """The data sets that a policy lets in, and those it leaves out, each in their order."""
    every = tuple(sources)
    kept = tuple(source for source in every if policy == "any" or allows_commerce(source))
    return kept, tuple(source for source in every if source not in kept)


def require_commercial(sources: Iterable[Licensed]) -> None:
    """Do nothing where every data set allows commercial use.

    Raises:
        LicenceForbids: some do not; the message names them.
    """
    barred = [source for source in sources if not allows_commerce(source)]
    if barred:
        raise LicenceForbids(
            f"the weights policy is 'commercial', and commercial use is not allowed by {_named(barred)}; "
            "leave these out, or set the policy to 'any'"
        )


def _alike(sources: Iterable[Licensed]) -> str:
    """A sentence on the sets that ask for their own licence, after a space; empty when none does."""
    alike = [source for source in sources if _SHARE_ALIKE.search(source.licence)]
    return f" Share-alike is asked for by {_named(alike)}." if alike else ""


def _copyleft(sources: Iterable[Licensed]) -> str:
    """The one licence that share-alike sets ask for; empty when none asks.

    Raises:
        LicenceForbids: they ask for different ones.
    """
    alike = [source for source in sources if _SHARE_ALIKE.search(source.licence)]
    wanted: set[str] = set()
    for source in alike:
        known = {name.replace(" ", "-") for name in _KNOWN_ALIKE.findall(source.licence)}
        wanted |= known or {source.licence}
    if any(name.startswith("GPL-3.0") for name in wanted):
        wanted.discard("CC-BY-SA-4.0")  # Creative Commons declared it one-way compatible with GPL-3.0
    if len(wanted) > 1:
        raise LicenceForbids(f"no licence of the weights satisfies all of {_named(alike)}; leave some of them out")
    return wanted.pop() if wanted else ""


def _named(sources: Sequence[Licensed]) -> str:
    """`RAVDESS, nEMO (CC BY-NC-SA 4.0); EmoDB (free use)`."""
    by_licence: dict[str, list[str]] = {}
    for source in sources:
        by_licence.setdefault(source.licence, []).append(source.name)
    return "; ".join(f"{', '.join(names)} ({licence})" for licence, names in by_licence.items())

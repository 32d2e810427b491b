"""Everything a model card says, as the run found it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from perception.metrics.values import Figures
from perception.models.cards import CardFile
from perception.models.policy import WeightsPolicy
from perception.models.verified import sha256_of
from perception.observation import Modality
from perception.training.cards.licence import Licensed, WeightsLicence, require_commercial, weights_licence


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A data set that shaped a model."""

    name: str
    """As its authors call it, with the part used."""
    licence: str
    """SPDX identifier where there is one."""
    commercial: bool
    """Whether weights trained on it may be used commercially."""
    rows: int
    """Rows trained on, after duplicates were dropped."""
    note: str = ""
    """What else a reader must know."""
    citation: str = ""
    """How its authors want to be cited, in one line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One part of the data."""

    rows: int
    """How many."""
    groups: int | None = None
    """How many speakers or dialogues they come from; None when rows are independent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Splits:
    """How the rows were kept apart."""

    text: str
    """The rule, in a few sentences."""
    parts: Mapping[str, Part]
    """By name, such as `train`, `dev`, `test`."""
    duplicates: int
    """Rows dropped because they equal one that stayed."""
    digest: str
    """Changes when any row changes its part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """How long the weights take, with the code that runs."""

    median_ms: float
    """Of one item on one thread, in milliseconds."""
    item: str
    """What was timed, such as `a sentence of 12 words`."""
    machine: str
    """Processor it was measured on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingReport:
    """Everything a model card says about a run.

    Raises:
        ValueError: there are no weights or no figures, or test figures and the ledger's sentence do not come together.
        LicenceForbids: the policy is `commercial`, and a source does not allow that.
    """

    model: str
    """Name and version, as in each observation: `text-en-tfidf-3`."""
    modality: Modality | Literal["fusion"]
    """The sense it serves, or all of them."""
    summary: str
    """What it is, in one or two sentences."""
    weights: tuple[Path, ...]
    """The files written; each is named `<model>.<anything>`."""
    sources: tuple[Source, ...]
    """The data it was trained on."""
    splits: Splits
    """How train, development and test rows were kept apart."""
    dev: tuple[Figures, ...]
    """Figures on rows that chose settings but trained nothing; the main set first."""
    limits: tuple[str, ...]
    """Where it fails, one sentence each."""
    command: str
    """What reproduces it."""
    seed: int
    """Of all that is random."""
    seconds: float
    """Wall time of the training."""
    config_digest: str
    """Of the experiment's settings."""
    resampled_by: str = "group"
    """What the groups of figures and splits are, in the singular: `speaker`, `dialogue`."""
    crossed: bool = False
    """Whether `dev` is by cross-validation: each row judged by a model that learned from neither it nor its group."""
    test: tuple[Figures, ...] = ()
    """Figures on the test split, the main set first; empty as long as nothing touched it."""
    touch: str = ""
    """What the test ledger says of that touch, in one sentence; empty as long as there was none."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes of the training data; empty where language plays no part."""
    policy: WeightsPolicy = "any"
    """Under which the sources were chosen."""
    left_out: tuple[Licensed, ...] = ()
    """Data sets that the policy left out."""
    calibration: Mapping[str, str] = field(default_factory=dict)
    """Facts by name, such as the temperature and the threshold of abstention, with what they were fitted on."""
    export: Mapping[str, str] = field(default_factory=dict)
    """Facts by name, such as parity with the trained network, and what int8 costs."""
    speed: Speed | None = None
    """None when it was not measured."""
    parameters: int | None = None
    """How many were trained; None where that says nothing."""
    epochs: int | None = None
    """Passes over the training rows; None for models fitted in one go."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of Python and the libraries, by name."""
    revision: str = ""
    """Git commit of the code, when known."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """More facts of the training by name."""

    def __post_init__(self) -> None:
        if not self.weights or not self.dev:
            raise ValueError(f"a report of {self.model!r} needs weights and development figures")
        strange = [path.name for path in self.weights if not path.name.startswith(f"{self.model}.")]
        if strange:
            raise ValueError(f"weights of {self.model!r} are named {self.model}.<anything>, got {strange[0]!r}")
        if bool(self.test) != bool(self.touch):
            raise ValueError(f"test figures of {self.model!r} and the test ledger's sentence come only together")
        if self.policy == "commercial":
            require_commercial(self.sources)

    @property
    def licence(self) -> WeightsLicence:
        """What may be done with the weights; follows from the sources.

        Raises:
            LicenceForbids: they may not be shared.
        """
        return weights_licence(self.sources)

    def files(self) -> dict[str, CardFile]:
        """Size and hash of each weight file by name, as it is on disk now."""
        return {path.name: CardFile(bytes=path.stat().st_size, sha256=sha256_of(path)) for path in self.weights}

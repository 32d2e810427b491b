"""The gated network on synthetic pairs, as a task: items, what the senses make of them, learner, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from perception.observation import Modality
from perception.training.audio.sources import sources_of
from perception.training.calibration import Calibration
from perception.training.cards import Source, select_sources
from perception.training.experiments.task import Answers, Given, Rows, read_recipe
from perception.training.export import export_torch, weights_metadata
from perception.training.fusion.deployed import INPUTS, OUTPUTS, deployed, examples
from perception.training.fusion.items import PARTS, Items, read_items
from perception.training.fusion.learner import FusionLearner, FusionRecipe, predict
from perception.training.fusion.pairs import CONDITIONS, SENSES, Condition, Pairs, condition, draw_pairs
from perception.training.fusion.sensing import Progress, Sensed, sense_items
from perception.training.splits import Part, Splits

DEV: Final = condition(
    "synthetic pairs, each sense corrupted with chance 0.5 and missing with chance 0.1",
    corrupted=dict.fromkeys(SENSES, 0.5),
    missing=dict.fromkeys(SENSES, 0.1),
)
"""What development pairs are."""
_PAIRS: Final = 2100
"""To develop on, and of each condition to test on."""

_LIMITS: Final = (
    "All figures are of synthetic pairs: a face, a voice and a sentence of one label, put together by chance.",
    "Given the emotion, the senses of a pair are independent, as in no person; how good it is on people is not known.",
    "Emotions are equally frequent in the pairs, and not in life: it answers rare ones more readily than it should.",
    "The voices it learned from are those the audio sense learned from; their share of wrong labels is made up.",
    "It knows the features of three models by name; of others it sees the scores alone.",
    "English sentences only.",
    "Words that contradict face and voice mislead it more than they mislead late fusion.",
)


class FusionTask(FusionLearner):
    """Implements `Task`."""

    modality: Literal["fusion"] = "fusion"
    resampled_by = "face"
    languages: tuple[str, ...] = ("en",)
    limits: Sequence[str] = _LIMITS
    summary = (
        "A gated cross-modal network over what the senses make of a face, a voice and a sentence: the text attends to "
        "the tokens of voice and face, gates add what it finds, two heads tell seven emotions and three polarities. "
        "Trained, chosen and measured on synthetic pairs."
    )

    def __init__(self, given: Given) -> None:
        """Read the items, and ask the senses about each, which is kept.

        Raises:
            TrainingDataMissing: a corpus is not there.
            LicenceForbids: the policy leaves no data.
        """
        self.experiment, recipe = given.experiment, read_recipe(FusionRecipe, given.experiment)
        self._items = {part: _read(given, part, recipe) for part in PARTS}
        self.sources, self.left_out = select_sources(_sources(self._items["train"]), given.policy)
        self._sensed = {part: _sense(given, part, self._items[part]) for part in PARTS}
        self.splits = _splits(self._items)
        self.models = {sense: self._sensed["train"][sense].model for sense in SENSES}
        self._pairs = {"dev": self._draw("dev", DEV, given.experiment.seed)}
        self._seed = given.experiment.seed
        super().__init__(
            self._sensed["train"],
            self._pairs["dev"],
            recipe,
            epochs=given.experiment.epochs,
            seed=given.experiment.seed,
        )

    @property
    def notes(self) -> Mapping[str, str]:
        recipe = self._recipe
        return {
            "data": "synthetic: pairs by label, drawn anew each epoch, conflicts and corruption added on purpose",
            "method": f"AdamW, one-cycle learning rate with peak {recipe.rate:g}, {recipe.pairs:,} pairs an epoch; a "
            f"sense is corrupted with chance {recipe.corrupted:g}, missing with {recipe.missing:g}, in conflict with "
            f"{recipe.conflict:g} (the voice {recipe.misheard:g}); weight of the polarities {recipe.auxiliary:g}",
            "senses": ", ".join(self.models.values()),
            "voices": "development and test pairs speak with the two speakers of TESS, one each, whom no sense met; "
            "TESS (CC-BY-NC-ND-4.0) measures and trains nothing",
        }

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    def dev(self) -> Rows:
        return _rows(DEV.name, self._pairs["dev"])

    def tests(self) -> Sequence[Rows]:
        return tuple(
            _rows(f"synthetic pairs, {asked.name}", self._draw("test", asked, self._seed))
            for asked in (DEV, *CONDITIONS)
        )

    def logits(self, rows: Rows) -> NDArray[np.float64]:
        return predict(self.network, self._unpacked(rows))

    def export(self, folder: Path, calibration: Calibration) -> Path:
        path = folder / f"{self.experiment.model}.onnx"
        export_torch(
            deployed(self.network, calibration),
            examples(self._widths()),
            path,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            metadata={**weights_metadata(path.stem, calibration), **{f"model.{s}": n for s, n in self.models.items()}},
        )
        return path

    def runtime(self, weights: Path) -> Answers:
        from perception.fusion.gated import GatedNetwork

        network = GatedNetwork(weights)

        def answers(rows: Rows) -> NDArray[np.float64]:
            pairs = self._unpacked(rows)
            return network.probabilities(pairs.features, pairs.scores, pairs.quality)

        return answers

    def quantise(self, weights: Path, folder: Path) -> Path | None:  # noqa: ARG002
        return None  # half a megabyte

    def _widths(self) -> dict[Modality, int]:
        return {sense: self._sensed["train"][sense].features.shape[2] for sense in SENSES}

    def _unpacked(self, rows: Rows) -> Pairs:
        """The pairs that `_packed` made rows of."""
        ends = np.cumsum([*self._widths().values(), 21])
        *features, scores, quality = np.split(rows.inputs, ends, axis=1)
        return Pairs(
            truth=rows.truth,
            features=dict(zip(SENSES, features, strict=True)),
            scores=scores.reshape(-1, 3, 7),
            quality=quality,
            groups=rows.groups or (),
        )

    def _draw(self, part: Part, asked: Condition, seed: int) -> Pairs:
        pairs = draw_pairs(self._sensed[part], _PAIRS, asked, np.random.default_rng((seed, PARTS.index(part))))
        return pairs.where(np.asarray(pairs.quality.any(axis=1)))


def _read(given: Given, part: Part, recipe: FusionRecipe) -> dict[Modality, Items]:
    given.progress(0.02 * PARTS.index(part), f"reading what is to {part}")
    each = recipe.per_emotion[PARTS.index(part)]
    return read_items(given.data, part, per_emotion=min(each, given.experiment.limit or each))


def _sense(given: Given, part: Part, items: Mapping[Modality, Items]) -> dict[Modality, Sensed]:
    begun = 0.1 + 0.3 * PARTS.index(part)

    def within(place: int) -> Progress:
        return lambda done, line: given.progress(begun + 0.1 * (place + done), line)

    return {sense: sense_items(items[sense], given.cache, within(place)) for place, sense in enumerate(SENSES)}


def _sources(items: Mapping[Modality, Items]) -> list[Source]:
    from perception.training.vision.task import ferplus_source

    voices = [each.split("/")[0] for each in items[Modality.AUDIO].ids]
    return [
        ferplus_source(len(items[Modality.VISION])),
        *sources_of({corpus: voices.count(corpus) for corpus in set(voices)}),
        Source(
            name="GoEmotions train",
            licence="Apache-2.0 / CC-BY-4.0",
            commercial=True,
            rows=len(items[Modality.TEXT]),
            note="Reddit comments; 28 labels mapped to 7",
        ),
    ]


def _splits(items: Mapping[Part, Mapping[Modality, Items]]) -> Splits:
    """The parts of the senses themselves: no face, sentence or speaker is in two."""
    parts = {part: tuple(f"{s}:{i}" for s in SENSES for i in items[part][s].ids) for part in PARTS}
    return Splits(
        parts=parts,
        dropped=(),
        groups={part: sum(len(set(items[part][s].groups)) for s in SENSES) for part in PARTS},
        corpora={str(s): {part: len(items[part][s]) for part in PARTS} for s in SENSES},
    )


def _rows(name: str, pairs: Pairs) -> Rows:
    return Rows(
        name=name,
        ids=tuple(f"pair/{place}" for place in range(len(pairs))),
        truth=pairs.truth,
        groups=pairs.groups,
        inputs=_packed(pairs),
    )


def _packed(pairs: Pairs) -> NDArray[np.float32]:
    """Features, scores and quality side by side: the instruments take rows by place."""
    columns = [*(pairs.features[sense] for sense in SENSES), pairs.scores.reshape(len(pairs), -1), pairs.quality]
    return np.concatenate(columns, axis=1, dtype=np.float32)


def make(given: Given) -> Any:
    """Build the task."""
    return FusionTask(given)

"""A file of tests as it is written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from evals.behaviour.values import Answers, Change, Expected, Item, Moves, Unchanged
from perception import Emotion, Status

Variants = Annotated[tuple[str, ...], Field(min_length=1)]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z_]+-[a-z]{2,3}-\d{2,}$")
    lang: str = Field(pattern=r"^[a-z]{2,3}$")
    text: str

    @model_validator(mode="after")
    def _check_variants(self) -> _Written:
        variants = getattr(self, "variants", ())
        if len({self.text, *variants}) <= len(variants):
            raise ValueError("a variant is the text once more, or is said twice")
        return self


class WrittenAnswers(_Written):
    """`kind: mft`."""

    kind: Literal["mft"]
    top: tuple[Emotion, ...] = ()
    unlike: tuple[Emotion, ...] = Field(default=(), alias="not")
    status: tuple[Status, ...] = ()

    @model_validator(mode="after")
    def _check_expectation(self) -> WrittenAnswers:
        if not (self.top or self.unlike or self.status):
            raise ValueError("nothing is expected; write top, not or status")
        if set(self.top) & set(self.unlike):
            raise ValueError("the same emotion stands under top and under not")
        return self

    def expected(self) -> Expected:
        return Answers(top=self.top, unlike=self.unlike, status=self.status)


class WrittenUnchanged(_Written):
    """`kind: inv`."""

    kind: Literal["inv"]
    variants: Variants

    def expected(self) -> Expected:
        return Unchanged(variants=self.variants)


class WrittenMoves(_Written):
    """`kind: dir`."""

    kind: Literal["dir"]
    variants: Variants
    emotion: Annotated[tuple[Emotion, ...], BeforeValidator(_listed), Field(min_length=1)]
    change: Change

    def expected(self) -> Expected:
        return Moves(variants=self.variants, emotions=self.emotion, change=self.change)


Written = Annotated[WrittenAnswers | WrittenUnchanged | WrittenMoves, Field(discriminator="kind")]


class WrittenFile(BaseModel):
    """One category."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: str = Field(pattern=r"^[a-z_]+$")
    items: tuple[Written, ...] = Field(min_length=1)

    def tests(self) -> tuple[Item, ...]:
        """The tests as they are used."""
        return tuple(
            Item(id=each.id, category=self.category, lang=each.lang, text=each.text, expected=each.expected())
            for each in self.items
        )

"""Errors of the senses.

    PerceptionError
    ├── MediaError                  what was handed in cannot be perceived
    │   ├── MediaMissing            a file that cannot be opened
    │   ├── MediaTooLarge           over a limit: bytes, pixels or seconds
    │   └── MediaUnreadable         damaged, or in no known format
    ├── ModelError
    │   ├── ModelMissing            not on this machine; says how to get it
    │   ├── ModelRefused            its hash or its licence is not what the manifest, its card or the policy says
    │   ├── CardInvalid             its card has no front matter, or one that is not what it should be
    │   └── DownloadFailed          no source could deliver it
    ├── CodecMissing                this build of FFmpeg lacks a codec
    ├── ScoresUnusable              rows of scores that nothing can be fitted to
    └── UnknownPerceiver            no such backend for this modality

A sense that merely cannot tell raises nothing: it returns an `Observation` whose status says why.
"""

from __future__ import annotations


class PerceptionError(Exception):
    """Base of all errors of this package."""


class MediaError(PerceptionError):
    """Media that cannot be perceived. The turn goes on without it."""


class MediaMissing(MediaError):  # noqa: N818  (named for what happened, as in httpx)
    """A file that cannot be opened."""


class MediaTooLarge(MediaError):  # noqa: N818
    """Media over a limit."""


class MediaUnreadable(MediaError):  # noqa: N818
    """Media that is damaged or in no known format."""


class ModelError(PerceptionError):
    """A model that cannot be used."""


class ModelMissing(ModelError):  # noqa: N818
    """A model that is not on this machine."""

    def __init__(self, model: str, command: str) -> None:
        super().__init__(f"the model {model!r} is not on this machine; get it with: {command}")
        self.model = model
        self.command = command


class ModelRefused(ModelError):  # noqa: N818
    """A model whose file or licence is not what it should be."""


class CardInvalid(ModelError):  # noqa: N818
    """A model card that programs cannot read."""


class DownloadFailed(ModelError):  # noqa: N818
    """A model that no source could deliver."""


class CodecMissing(PerceptionError):  # noqa: N818
    """A codec that this build of FFmpeg lacks."""


class ScoresUnusable(PerceptionError):  # noqa: N818
    """Rows of scores that nothing can be fitted to."""


class UnknownPerceiver(PerceptionError):  # noqa: N818
    """A perceiver that is not registered."""

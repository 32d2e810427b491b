"""Which corpora there are.

Attune's own are the modules of `_OWN`, which are light; those of other distributions are entry points of the group
`attune.corpora`, imported when one of them is asked for; one made in the running program is added with the decorator
`corpus`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, TypeVar

from perception.training.corpora.base import Corpus, Reading
from perception.training.errors import CorpusOptionInvalid, TrainingDataMissing, UnknownCorpus

GROUP: Final = "attune.corpora"

_OWN: Final = (
    "ravdess", "cremad", "emodb", "tess", "savee", "jl", "nemo", "esd", "meld", "iemocap", "goemotions", "packed_text",
    "fer2013", "ferplus", "rafdb", "affectnet", "sfew", "folder", "table",
)  # fmt: skip

CorpusT = TypeVar("CorpusT", bound=type[Corpus])

_decorated: dict[str, type[Corpus]] = {}


def corpus(cls: CorpusT) -> CorpusT:
    """Register a corpus under its name. It hides an entry point of the same name."""
    _decorated[cls.name] = cls
    return cls


def corpus_names() -> tuple[str, ...]:
    """Names of the corpora, sorted."""
    return tuple(sorted({*_known(), *(point.name for point in entry_points(group=GROUP))}))


def corpus_class(name: str) -> type[Corpus]:
    """A corpus by name: its licence and all else that is known without reading it.

    Raises:
        UnknownCorpus: nothing of that name is registered.
    """
    if (known := _known().get(name)) is not None:
        return known
    for point in entry_points(group=GROUP, name=name):
        loaded: type[Corpus] = point.load()
        return loaded
    raise UnknownCorpus(f"no corpus is called {name!r}; there are: {', '.join(corpus_names())}")


def create_corpus(name: str, **options: object) -> Corpus:
    """A corpus by name, ready to be read.

    Args:
        name: one of `corpus_names()`.
        options: of that corpus, such as `frustrated="angry"` of IEMOCAP.

    Raises:
        UnknownCorpus: nothing of that name is registered.
        CorpusOptionInvalid: it does not know an option, or not that value.
    """
    cls = corpus_class(name)
    try:
        return cls(**options)
    except TypeError as error:
        raise CorpusOptionInvalid(f"the corpus {name!r} does not take these options: {error}") from error


def load_corpus(name: str, root: str | Path, **options: object) -> Reading:
    """Read a corpus from a folder.

    Raises:
        UnknownCorpus: nothing of that name is registered.
        CorpusOptionInvalid: it does not know an option, or not that value.
        TrainingDataMissing: it is not in that folder.
    """
    return create_corpus(name, **options).read(Path(root))


def recognised(root: str | Path) -> tuple[str, ...]:
    """Names of the corpora that a folder holds. Layouts of people's own data count only where no other is there."""
    folder = Path(root)
    classes = [corpus_class(name) for name in corpus_names()]
    found = [cls.name for cls in classes if not cls.generic and cls().recognises(folder)]
    return tuple(found or [cls.name for cls in classes if cls.generic and cls().recognises(folder)])


def detect_corpus(root: str | Path) -> str:
    """Name of the one corpus that a folder holds.

    Raises:
        TrainingDataMissing: it holds none that is known, or several.
    """
    found = recognised(root)
    if len(found) == 1:
        return found[0]
    if found:
        raise TrainingDataMissing(
            f"{str(root)!r} holds several corpora: {', '.join(found)}; name the one that is meant"
        )
    raise TrainingDataMissing(
        f"{str(root)!r} is in no layout that is known; there are: {', '.join(corpus_names())}. "
        "A folder of one folder a class, or a table with columns, will do too"
    )


def _known() -> dict[str, type[Corpus]]:
    for module in _OWN:
        import_module(f"perception.training.corpora.{module}")
    return _decorated

"""Corpora of emotion: loaders of the layouts that people have on disk, with one interface."""

from perception.training.corpora.base import REASONS, Corpus, LeftOut, Reading, Row
from perception.training.corpora.example import Example, Pixels, Span
from perception.training.corpora.labels import SYNONYMS, emotion_of
from perception.training.corpora.manifest import write_manifest
from perception.training.corpora.registry import (
    corpus,
    corpus_class,
    corpus_names,
    create_corpus,
    detect_corpus,
    load_corpus,
    recognised,
)

__all__ = [
    "REASONS",
    "SYNONYMS",
    "Corpus",
    "Example",
    "LeftOut",
    "Pixels",
    "Reading",
    "Row",
    "Span",
    "corpus",
    "corpus_class",
    "corpus_names",
    "create_corpus",
    "detect_corpus",
    "emotion_of",
    "load_corpus",
    "recognised",
    "write_manifest",
]

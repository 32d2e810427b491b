"""Benchmarks: one way to measure, and what each `attune bench` command measures with it.

A bench is a function that names its cases in a `Bench`; `run_bench` measures them. Importing this imports nothing
heavy, so that a fresh process can be measured.
"""

from evals.bench.affect import affect_bench
from evals.bench.audio import audio_bench
from evals.bench.case import Bench, Case, ColdCase, Outcome, Unit
from evals.bench.figures import BenchResult, CaseFigures, ColdFigures, RatioFigures, YardstickFigures
from evals.bench.harness import run_bench
from evals.bench.history import HistoryBench, bench_history
from evals.bench.live import LiveBench, bench_live
from evals.bench.machine import describe_machine
from evals.bench.meter import Meter
from evals.bench.stream import StreamBench, bench_stream
from evals.bench.text import text_bench
from evals.bench.turn import TurnBench, bench_turn
from evals.bench.vision import vision_bench

__all__ = [
    "Bench",
    "BenchResult",
    "Case",
    "CaseFigures",
    "ColdCase",
    "ColdFigures",
    "HistoryBench",
    "LiveBench",
    "Meter",
    "Outcome",
    "RatioFigures",
    "StreamBench",
    "TurnBench",
    "Unit",
    "YardstickFigures",
    "affect_bench",
    "audio_bench",
    "bench_history",
    "bench_live",
    "bench_stream",
    "bench_turn",
    "describe_machine",
    "run_bench",
    "text_bench",
    "vision_bench",
]

"""Benchmarks: medians of several runs in one process, with the machine described."""

from evals.bench.machine import describe_machine
from evals.bench.turn import TurnBench, bench_turn

__all__ = ["TurnBench", "bench_turn", "describe_machine"]

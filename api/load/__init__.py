"""Many clients at once against a server of its own: what `attune bench load` measures."""

from api.load.bench import LoadPlan, bench_load
from api.load.figures import LoadBench, Spread
from api.load.fuzz import FuzzFigures, bench_fuzz
from api.load.kills import KillFigures, bench_kills

__all__ = ["FuzzFigures", "KillFigures", "LoadBench", "LoadPlan", "Spread", "bench_fuzz", "bench_kills", "bench_load"]

"""Parquet, which cannot be appended to: batches are kept as Arrow streams, and merged at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.analyze.journal import sync
from api.analyze.reading import Source
from api.analyze.values import Batch, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS: Final = 1 << 16
"""Rows of a row group, at most."""
GROUP_BYTES: Final = 64 << 20
"""Bytes of a row group in memory, about."""
_TEXTS: Final = ("attune_status", "attune_emotion", "attune_sentiment", "attune_label", "attune_label_status")


class ParquetEncoder:
    """The original columns keep their types, where the source has types; otherwise they are texts."""

    def __init__(self, source: Source, added: Sequence[str]) -> None:
        import pyarrow as pa

        known: pa.Schema | None = getattr(source, "schema", None)
        schema = known or pa.schema([(name, pa.string()) for name in source.columns])
        for name in added:
            schema = schema.append(pa.field(name, pa.string() if name in _TEXTS else pa.float64()))
        self._schema = schema
        self._added = len(added)

    def head(self) -> bytes:
        import pyarrow as pa

        # so that a table without rows has its columns too
        return self._stream(pa.RecordBatch.from_pylist([], schema=self._schema))

    def encode(self, batch: Batch, verdicts: Sequence[Verdict]) -> bytes:
        import pyarrow as pa

        ours = zip(*(verdict.values() for verdict in verdicts), strict=True)
        types = self._schema.types[-self._added :]
        arrays = [*batch.content.arrays(), *(pa.array(each, kind) for each, kind in zip(ours, types, strict=True))]
        return self._stream(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def _stream(self, batch: pa.RecordBatch) -> bytes:
        """A stream of its own: whole, with its dictionaries, wherever the file is cut off after it."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        with pa.ipc.new_stream(sink, self._schema, options=options) as writer:
            writer.write_batch(batch)
        data: bytes = sink.getvalue().to_pybytes()
        return data


def merge(part: Path, out: Path) -> None:
    """Write the streams of a file as one Parquet file, which appears whole or not at all."""
    import pyarrow.parquet as pq

    merging = out.with_name(f"{out.name}.merging")
    writer: pq.ParquetWriter | None = None
    try:
        for table in _groups(part):
            writer = writer or pq.ParquetWriter(merging, table.schema, compression="zstd")
            writer.write_table(table, row_group_size=GROUP_ROWS)
    finally:
        if writer is not None:
            writer.close()
    with merging.open("rb+") as file:
        sync(file)
    merging.replace(out)


def _groups(part: Path) -> Iterator[pa.Table]:
    """Tables of the size of a row group; one without rows where there are no rows."""
    import pyarrow as pa

    held: list[pa.Table] = []
    for table in _tables(part):
        held.append(table)
        if sum(each.num_rows for each in held) >= GROUP_ROWS or sum(each.nbytes for each in held) >= GROUP_BYTES:
            yield pa.concat_tables(held)
            held = [table.schema.empty_table()]
    if sum(each.num_rows for each in held) or len(held) == 1:
        yield pa.concat_tables(held)


def _tables(part: Path) -> Iterator[pa.Table]:
    import pyarrow as pa

    with pa.OSFile(str(part), "rb") as file:
        size = file.size()
        while file.tell() < size:
            with pa.ipc.open_stream(file) as stream:
                yield stream.read_all()

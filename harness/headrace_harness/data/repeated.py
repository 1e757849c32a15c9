"""The repeated data set: the first records of the playbook, again and again."""

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from headrace_harness.catalog import DataSet, Size
from headrace_harness.data import playbook
from headrace_harness.plugins.prebuilt import BLOCK_ROWS


def make(dataset: DataSet, size: Size, target: Path) -> None:
    """Write `size.rows` records; the same rows are a prefix of every larger size.

    Args:
        dataset: The definition, of which nothing is needed.
        size: How many rows.
        target: Overwritten.
    """
    with TemporaryDirectory() as folder:
        block = Path(folder, "block.csv")
        playbook.make(dataset, Size(name="block", rows=BLOCK_ROWS), block)
        header, *records = block.read_bytes().splitlines(keepends=True)
    whole, rest = divmod(size.rows, BLOCK_ROWS)
    with target.open("wb") as out:
        out.write(header)
        for _ in range(whole):
            out.writelines(records)
        out.writelines(islice(records, rest))

"""The contracts that headrace writes, before the tool that many use for such contracts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from headrace import Field, Schema, load_contract
from headrace.contract import write_contract
from headrace.contract.types import TYPES

from tests.builders import ROOT, a_contract, a_csv, a_job, a_property, a_reader
from tests.runs import ended, python

DATACONTRACT = os.environ.get("HEADRACE_DATACONTRACT", "")

pytestmark = pytest.mark.skipif(
    not DATACONTRACT, reason="datacontract-cli has an environment of its own: `nox -s contracts`"
)

# An example of each line of the table of types.
EXAMPLES = {
    "decimal128(p, s)": "decimal128(15, 2)",
    "list<item: T>": "list<item: int64 not null>",
    "struct<name: T, …>": 'struct<a: int64, "b c": list<item: string> not null>',
    "map<K, V>": "map<string, double>",
}


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    """`datacontract lint` of a document."""
    return subprocess.run(
        [DATACONTRACT, "lint", str(path)], capture_output=True, text=True, check=False, timeout=300
    )


def written(path: Path, document: dict[str, Any]) -> Path:
    """The document as YAML."""
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


class TestGivenDatacontract:
    @pytest.mark.parametrize("kind", ["csv", "rust"])
    def test_when_a_source_is_discovered_then_its_contract_is_accepted(
        self, kind: str, tmp_path: Path
    ) -> None:
        """What `discover --contract` prints is a contract to others, and to headrace the schema."""
        rows = [(1, "x", "2000-01-01", "1.50", "true"), (2, "", "2000-01-02", "2.25", "false")]
        data = a_csv(tmp_path / "a.csv", rows, header=("id", "a name", "day", "amount", "ok"))
        job = written(tmp_path / "job.yaml", a_job(tmp_path, reader=a_reader(kind, str(data))))
        words = ["discover", str(job), "--contract"]
        command = f"import sys; from headrace.cli import main; sys.exit(main({words!r}))"

        done = ended(python(command))

        assert done.code == 0, done.err
        path = tmp_path / "contract.yaml"
        path.write_text(done.out, encoding="utf-8")
        assert lint(path).returncode == 0, lint(path).stdout
        assert load_contract(path).schema.names == ("id", "a name", "day", "amount", "ok")

    def test_when_it_has_every_type_then_it_is_accepted(self, tmp_path: Path) -> None:
        """Each type of the table, required and not."""
        fields = tuple(
            Field(f"c{n}", EXAMPLES.get(line.arrow, line.arrow), nullable=n % 2 == 0)
            for n, line in enumerate(TYPES)
        )
        path = written(tmp_path / "all.yaml", write_contract({"all": Schema(fields)}, name="all"))

        assert lint(path).returncode == 0, lint(path).stdout
        assert load_contract(path).schema == Schema(fields)

    @pytest.mark.parametrize(
        "path",
        [
            *sorted((ROOT / "examples" / "contracts").glob("*.yaml")),
            ROOT / "engine/headrace/cli/template/contract.yaml",
        ],
        ids=lambda path: f"{path.parent.name}/{path.name}",
    )
    def test_when_shipped_then_it_is_accepted(self, path: Path) -> None:
        """Examples and templates."""
        assert lint(path).returncode == 0, lint(path).stdout

    def test_when_a_contract_is_wrong_then_it_is_refused(self, tmp_path: Path) -> None:
        """The checks above can fail."""
        path = written(tmp_path / "wrong.yaml", a_contract(a_property("a", "varchar")))

        assert lint(path).returncode != 0

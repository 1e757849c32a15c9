"""Libraries that fail, lie or are none: typed errors that name them, and nothing visible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import headrace
import pytest
from headrace import PluginError
from headrace.writers.cabi import CabiWriter, CabiWriterConfig

from tests.builders import a_contract, a_csv, a_job, a_property, a_reader, visible
from tests.libraries import a_cabi, compiled, counts, faulty
from tests.runs import a_job_file, headrace_ends, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the libraries of this session are."""
    return tmp_path_factory.mktemp("libraries")


def failed(job: Mapping[str, Any], base: Path) -> PluginError:
    """The error of a job, after which nothing is visible."""
    with pytest.raises(PluginError) as caught:
        headrace.execute_job(job, base_dir=base)
    assert visible(base / "out") == []
    return caught.value


READERS = {
    "null and say why": "extract_batch failed: the disk is made of cheese",
    "bad utf-8": "extract_batch returned what are no records: the records are not JSON",
    "bad json": "extract_batch returned what are no records: the records are not JSON",
    "no list": "extract_batch returned what are no records: the records are not a JSON array",
    "refuse": "create_reader failed: it does not say why",
    "refuse and say why": "create_reader failed: I do not want to",
}
WRITERS = {
    "null": "write_batch failed: it does not say why",
    "null and say why": "write_batch failed: the disk is made of cheese",
    "bad utf-8": "write_batch returned what is no JSON",
    "bad json": "write_batch returned what is no JSON",
    "no list": "write_batch returned neither a JSON array of files nor an object with files: 7",
    "an object that says why": 'an object with files: {"error":"the disk is made of cheese"}',
    "no objects": "returned int for a file, not a mapping",
    "no file": "reports a file that is not there",
    "wrong count": "was given 6 rows and reports 8",
    "refuse": "create_writer failed: it does not say why",
    "refuse and say why": "create_writer failed: I do not want to",
}


class TestGivenAReaderThatFails:
    @pytest.mark.parametrize("do", READERS)
    def test_when_run_then_it_is_named_and_nothing_is_visible(
        self, do: str, tmp_path: Path, libraries: Path
    ) -> None:
        """What a reader says, returns or refuses is never taken for its end."""
        library = faulty(libraries)
        job = a_job(tmp_path, reader=a_cabi(library, do), writer={"type": "rust"})

        error = failed(job, tmp_path)

        assert READERS[do] in error.message
        assert error.where["plugin"] == str(library)
        assert counts(library) == (0, 0, 0)


class TestGivenAWriterThatFails:
    @pytest.mark.parametrize("do", WRITERS)
    def test_when_run_then_it_is_named_and_nothing_is_visible(
        self, do: str, tmp_path: Path, libraries: Path
    ) -> None:
        """NULL is a failure, and every claim is held against the disk."""
        library = faulty(libraries)
        job = a_job(tmp_path, reader=numbers(tmp_path), writer=a_cabi(library, do))

        error = failed(job, tmp_path)

        assert WRITERS[do] in error.message
        assert error.where["plugin"] == str(library)
        assert counts(library) == (0, 0, 0)


class TestGivenAWholeLibrary:
    def test_when_it_reads_and_writes_then_every_string_is_given_back_once(
        self, tmp_path: Path, libraries: Path
    ) -> None:
        """An empty batch is no end, and what was out has come back."""
        library = faulty(libraries)
        job = a_job(tmp_path, reader=a_cabi(library), writer=a_cabi(library))

        report = headrace.execute_job(job, base_dir=tmp_path)

        assert (report.rows.written, report.notes) == (3, [])
        assert len(visible(tmp_path / "out")) == 2
        assert counts(library) == (0, 0, 0)

    def test_when_it_lacks_what_is_optional_then_the_end_is_called_unverifiable(
        self, tmp_path: Path, libraries: Path
    ) -> None:
        """Three functions are enough; what cannot be known is said."""
        library = faulty(libraries, "-DNO_LAST_ERROR", "-DNO_CLOSE")
        job = a_job(tmp_path, reader=a_cabi(library), writer=a_cabi(library))

        report = headrace.execute_job(job, base_dir=tmp_path)

        assert report.rows.written == 3
        (note,) = report.notes
        assert f"that {library} gave all of its records cannot be verified" in note

    def test_when_a_record_does_not_fit_then_it_alone_is_quarantined(
        self, tmp_path: Path, libraries: Path
    ) -> None:
        """A library's records are judged one by one, by the contract."""
        contract = a_contract(a_property("n", "integer"))
        reader = a_cabi(faulty(libraries), "a record that does not fit")
        job = a_job(tmp_path, reader=reader, writer={"type": "rust"}, contract=contract)
        job["validation"] = {"mode": "quarantine"}

        report = headrace.execute_job(job, base_dir=tmp_path)

        assert (report.rows.read, report.rows.written, report.rows.quarantined) == (4, 3, 1)

    @pytest.mark.parametrize("policy", ["ignore", "evolve", "fail"])
    def test_when_a_column_is_new_then_the_jobs_policy_decides(
        self, policy: str, tmp_path: Path, libraries: Path
    ) -> None:
        """A column that nobody declared is drift, as it is from any reader."""
        contract = a_contract(a_property("n", "integer"))
        reader = a_cabi(faulty(libraries), "a new column")
        job = a_job(tmp_path, reader=reader, writer={"type": "rust"}, contract=contract)
        job["drift"] = {"new_column": policy}

        if policy == "fail":
            with pytest.raises(headrace.ContractError, match="new"):
                headrace.execute_job(job, base_dir=tmp_path)
        else:
            report = headrace.execute_job(job, base_dir=tmp_path)
            assert report.rows.written == 4
            assert [change["column"] for change in report.drift] == ["new"]


class TestGivenWhatIsNoLibrary:
    def test_when_loaded_then_it_is_said_what_is_wrong(
        self, tmp_path: Path, libraries: Path
    ) -> None:
        """Missing, not a library, of another version, or without a function."""
        (tmp_path / "text.so").write_text("no ELF")
        wrong = {
            "missing.so": "there is no such file",
            "text.so": "it cannot be loaded",
            str(faulty(libraries, "-DVERSION=2")): "it has version 2 of the ABI",
            str(faulty(libraries, "-DNO_FREE_STRING")): "it lacks free_string",
            str(faulty(libraries, "-DNO_EXTRACT")): "it lacks extract_batch",
        }

        for name, message in wrong.items():
            job = a_job(tmp_path, reader=a_cabi(name), writer={"type": "rust"})
            error = failed(job, tmp_path)
            assert message in error.message
            assert error.where["plugin"] == str(tmp_path / name)

    def test_when_arrow_is_asked_of_a_library_without_it_then_it_is_refused(
        self, tmp_path: Path, libraries: Path
    ) -> None:
        """What a library does not declare is not tried."""
        for kind, name in (("reader", "extract_batch_arrow"), ("writer", "write_batch_arrow")):
            sections: dict[str, Any] = {"reader": numbers(tmp_path), "writer": {"type": "rust"}}
            sections[kind] = a_cabi(faulty(libraries), transport="arrow")
            error = failed(a_job(tmp_path, **sections), tmp_path)
            assert f"transport: arrow needs {name}, which it lacks" in error.message

    def test_when_the_engines_keys_are_given_then_the_job_is_refused(self, tmp_path: Path) -> None:
        """Where a writer writes is not the user's to say."""
        for kind, key in (("reader", "schema"), ("writer", "output_path")):
            sections: dict[str, Any] = {"reader": numbers(tmp_path), "writer": {"type": "rust"}}
            sections[kind] = a_cabi("lib.so") | {"config": {key: "x"}}
            with pytest.raises(headrace.ConfigError, match=f"config.{key} is set by headrace"):
                headrace.resolve_job(a_job(tmp_path, **sections), base_dir=tmp_path)


class TestGivenTwoLibraries:
    def test_when_their_functions_share_names_then_each_calls_its_own(self, tmp_path: Path) -> None:
        """Symbols stay the library's own, also where it calls itself."""
        source = """
            #include <stdlib.h>
            #include <string.h>
            const char *who(void) { return NAME; }
            void free_string(char *string) { free(string); }
            void *create_reader(const char *config) { (void)config; return calloc(1, sizeof(int)); }
            char *extract_batch(void *reader) { return *(int *)reader ? NULL : (*(int *)reader = 1,
                strcat(strcat(strcpy(malloc(64), "[{\\"n\\": \\""), who()), "\\"}]")); }
        """
        (tmp_path / "who.c").write_text(source)
        found = []
        for name in ("first", "second"):
            library = tmp_path / f"{name}.so"
            compiled(tmp_path / "who.c", library, f'-DNAME="{name}"')
            job = a_job(tmp_path, reader=a_cabi(library), writer={"type": "rust"})
            for batch in headrace.create_extractor(job).extract(None):
                found += [row["n"] for row in batch]

        assert found == ["first", "second"]


class TestGivenACheck:
    @pytest.mark.parametrize("is_declared", [True, False])
    def test_when_the_writer_refuses_its_config_then_the_check_says_so(
        self, *, is_declared: bool, tmp_path: Path
    ) -> None:
        """A writer is made and freed, with the columns of the contract or of the reader."""
        writer = {"type": "cabi", "library": "builtin", "config": {"compresion": "zstd"}}
        contract = a_contract(a_property("n", "integer")) if is_declared else None
        source = a_csv(tmp_path / "a.csv", [(1,)], header=["n"])
        job = a_job(
            tmp_path, reader=a_reader("rust", str(source)), writer=writer, contract=contract
        )

        done = headrace_ends("check", a_job_file(tmp_path, job), "--json")

        found = json.loads(done.out)["writer"]
        assert done.code == 2
        assert found["ok"] is False
        assert "compresion is no key" in found["error"]["message"]

    def test_when_it_takes_its_config_then_the_writer_is_freed(self, libraries: Path) -> None:
        """Whoever declares no columns is told that no writer was made."""
        library = faulty(libraries)
        schema = ({"name": "n", "type": "int64", "nullable": True},)
        config = CabiWriterConfig(library=str(library), schema=schema, output_path="")

        assert "ABI version 1, by json" in CabiWriter.check_config(config)
        assert counts(library) == (0, 0, 0)
        unknown = CabiWriterConfig(library=str(library))
        assert "nobody declares the columns" in CabiWriter.check_config(unknown)


class TestGivenAJobThatALibraryCannotDo:
    def test_when_it_has_a_state_then_it_is_refused(self, tmp_path: Path, libraries: Path) -> None:
        """A library has no cursor: the next run would read and write everything once more."""
        library = faulty(libraries)
        job = a_job(tmp_path, reader=a_cabi(library), writer={"type": "rust"}, state=True)

        with pytest.raises(headrace.ConfigError, match="reader: a library keeps no state"):
            headrace.resolve_job(job, base_dir=tmp_path)

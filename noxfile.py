"""The one list of commands: `nox -l` shows them, CI calls nothing else."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox

nox.options.sessions = ["tests"]
nox.options.reuse_existing_virtualenvs = True
nox.needs_version = ">=2024.4.15"

ROOT = Path(__file__).parent
RUST = ROOT / "rust"
CACHE = Path(os.environ.get("HEADRACE_CACHE", Path.home() / ".cache" / "headrace"))

# Built artefacts live outside the checkout, so that a fresh clone builds only what has changed.
os.environ.setdefault("CARGO_TARGET_DIR", str(CACHE / "cargo-target"))

TEST_TOOLS = [
    "pytest>=8,<10",
    "hypothesis>=6.100,<7",
    "jsonschema>=4.20,<5",
    "duckdb>=1.1,<3",
    "trustme>=1.2,<2",
    "testcontainers>=4.15,<5",
    "pyiceberg[pyarrow,sql-sqlite]>=0.12,<0.13",  # tables by somebody else's means
]
LINT_TOOLS = [
    "ruff>=0.17,<0.18",
    "mypy>=2,<3",
    "import-linter>=2.16,<3",
    "types-PyYAML>=6,<7",
    "types-jsonschema>=4.20,<5",
    "types-psutil>=5.9,<8",
]

# Packages of PyPI, and their programs.
FAKER = ("airbyte-source-faker>=7,<8", "source-faker")
DECLARATIVE = ("airbyte-source-declarative-manifest>=6,<7", "source-declarative-manifest")
STRIPE = ("airbyte-source-stripe>=5.14,<6", "source-stripe")
PYAIRBYTE = ("airbyte>=0.70,<1", "pyairbyte")

# The extension's wheels are of one version of DuckDB, and not of the newest.
DUCKDB_ICEBERG = (
    "duckdb==1.5.5 duckdb-extension-avro==1.5.5 duckdb-extension-httpfs==1.5.5 "
    "duckdb-extension-iceberg==1.5.5"
)

CONTAINER_TESTS = [
    "tests/engine/test_airbyte_container.py",
    "tests/harness/test_airbyte_image.py",
    "tests/harness/test_docker_services.py",
    "tests/harness/test_images.py",
    "tests/harness/test_stripe_container.py",
]

# A job by the libraries that the wheel brings along.
THROUGH_LIBRARIES = """
import pathlib, sys, headrace
folder = pathlib.Path(sys.argv[1])
cabi = {"type": "cabi", "library": "builtin"}
report = headrace.execute_job({
    "version": 1, "name": "libraries", "writer": cabi,
    "reader": {**cabi, "config": {"path": "data/people.csv"}},
    "target": {"type": "local", "path": "out-libraries"},
}, base_dir=folder)
assert report.rows.written > 0, report
"""


def install(session: nox.Session, *extra: str) -> None:
    """Install engine and harness as a user would: built, not editable."""
    if shutil.which("cargo") is None:
        session.error("cargo is needed to build the engine: https://rustup.rs")
    session.install(".[all]", "./harness", *extra)


def apart(session: nox.Session, name: str, packages: str, program: str) -> Path:
    """A program of PyPI in an environment of its own, kept; its dependencies are many and pinned.

    They must not decide what the engine is tested with.
    """
    venv = CACHE / f"{name}-venv"
    binaries = venv / ("Scripts" if sys.platform == "win32" else "bin")
    ready = venv / "ready"
    if not ready.exists():
        session.run(sys.executable, "-m", "venv", "--clear", str(venv), external=True)
        pip = [str(binaries / "python"), "-m", "pip", "install", "--quiet"]
        session.run(*pip, *packages.split(), external=True)
        ready.touch()
    return binaries / program


def build_minio(session: nox.Session) -> None:
    """Have MinIO's program: of the cache, else of the PATH, else from its source into the cache."""
    kept = CACHE / "minio" / "minio"
    found = kept if kept.exists() else shutil.which("minio")
    if found is not None:
        session.log(f"{found} is there")
        return
    path = {"PYTHONPATH": str(ROOT / "harness"), "HEADRACE_CACHE": str(CACHE)}
    command = [sys.executable, "-m", "headrace_harness.images.minioprogram"]
    session.run(*command, env=path, external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Every Python test but the long ones, against the installed distributions."""
    install(session, *TEST_TOOLS)
    session.run("pytest", "-m", "not long", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Break runs in every way there is, and print what was tried, fired and survived.

    On SeaweedFS and on MinIO, which is built where it is not on the machine yet.
    """
    build_minio(session)
    install(session, *TEST_TOOLS)
    must = {"HEADRACE_REQUIRE_TOOLCHAINS": "1", "HEADRACE_REQUIRE_MINIO": "1"}
    session.run("pytest", "tests/faults", *session.posargs, env=must)


@nox.session
def services(session: nox.Session) -> None:
    """Servers at length: by hand, killed at random moments and cleaned up after, and too busy."""
    install(session, *TEST_TOOLS)
    session.run("pytest", "tests/engine", "tests/harness", "-m", "long", *session.posargs)


@nox.session
def contracts(session: nox.Session) -> None:
    """The contracts that headrace writes, linted by datacontract-cli in its own environment."""
    install(session, *TEST_TOOLS)
    program = apart(session, "datacontract", "datacontract-cli>=1.2,<2", "datacontract")
    session.run(
        "pytest",
        "tests/engine/test_datacontract.py",
        *session.posargs,
        env={"HEADRACE_DATACONTRACT": str(program)},
    )


@nox.session
def tables(session: nox.Session) -> None:
    """Iceberg tables that headrace writes, read by DuckDB's extension in its own environment."""
    install(session, *TEST_TOOLS)
    python = apart(session, "duckdb-iceberg", DUCKDB_ICEBERG, "python")
    session.run(
        "pytest",
        "tests/engine/test_iceberg_duckdb.py",
        *session.posargs,
        env={"HEADRACE_DUCKDB_ICEBERG": str(python)},
    )


@nox.session
def connectors(session: nox.Session) -> None:
    """The Airbyte reader before real connectors, each in an environment of its own."""
    install(session, *TEST_TOOLS)
    faker = apart(session, "airbyte-faker", *FAKER)
    declarative = apart(session, "airbyte-declarative", *DECLARATIVE)
    stripe = apart(session, "airbyte-stripe", *STRIPE)
    session.run(
        "pytest",
        "tests/engine/test_airbyte_faker.py",
        "tests/engine/test_airbyte_declarative.py",
        "tests/harness/test_stripe_connector.py",
        *session.posargs,
        env={
            "HEADRACE_SOURCE_FAKER": str(faker),
            "HEADRACE_SOURCE_DECLARATIVE": str(declarative),
            "HEADRACE_SOURCE_STRIPE": str(stripe),
        },
    )


@nox.session(venv_backend="none")
def minio(session: nox.Session) -> None:
    """MinIO's server from its source, kept: eight minutes once. It has no binaries that may be had.

    Its licence is the AGPL: it is a server that tests talk to, and no part of headrace.
    """
    build_minio(session)


@nox.session
def containers(session: nox.Session) -> None:
    """What needs a Docker engine, which must be there; images are made on the spot."""
    install(session, *TEST_TOOLS)
    must = {"HEADRACE_REQUIRE_DOCKER": "1", "HEADRACE_REQUIRE_MINIO": "1"}
    must["HEADRACE_SOURCE_STRIPE"] = str(apart(session, "airbyte-stripe", *STRIPE))
    session.run("pytest", *CONTAINER_TESTS, *session.posargs, env=must)


@nox.session
def rust(session: nox.Session) -> None:
    """The core's own tests and those of the libraries, a C program among them."""
    names = ("core", "objectstore", "postgres", "abi", "parquet-writer", "csv-reader")
    packages = [word for name in names for word in ("-p", f"headrace-{name}")]
    with session.chdir(RUST):
        session.run("cargo", "test", "--release", *packages, *session.posargs, external=True)
        session.run("cargo", "test", "--release", "-p", "headrace-header", external=True)


@nox.session
def sanitize(session: nox.Session) -> None:
    """The libraries behind the C ABI under valgrind, and their memory over many calls."""
    install(session, *TEST_TOOLS)
    valgrind = ["valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full"]
    valgrind += ["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]
    names = ("abi", "parquet-writer", "csv-reader")
    packages = [word for name in names for word in ("-p", f"headrace-{name}")]
    runner = {"CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER": " ".join(valgrind)}
    with session.chdir(RUST):
        session.run("cargo", "test", "--release", "--lib", *packages, external=True, env=runner)
    must = {"HEADRACE_REQUIRE_TOOLCHAINS": "1"}
    session.run("pytest", "tests/engine/test_cabi_memory.py", *session.posargs, env=must)


@nox.session
def images(session: nox.Session) -> None:
    """The container images of measurements, made on this machine where they are not there."""
    install(session)
    session.run("headrace", "images", "build", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure every combination: `nox -s bench -- --suite standard`."""
    install(session, "./harness[docker]")
    arguments = session.posargs or []
    if not arguments or arguments[0].startswith("-"):
        arguments = ["run", *arguments]
    session.run("headrace", "bench", *arguments)


@nox.session
def peers(session: nox.Session) -> None:
    """Headrace against others on the same source: `nox -s peers -- --pairs 5`."""
    install(session, "./harness[peers]")
    pyairbyte = apart(session, "pyairbyte", *PYAIRBYTE).with_name("python")
    faker = apart(session, "airbyte-faker", *FAKER)
    codes = [0, 1]  # 1: a figure is missed, which is said
    postgres = ["python", "-m", "headrace_harness.peers.postgres"]
    session.run(*postgres, *session.posargs, success_codes=codes)
    s3 = ["python", "-m", "headrace_harness.peers.s3"]
    session.run(*s3, *session.posargs, success_codes=codes)
    airbyte = ["python", "-m", "headrace_harness.peers.airbyte"]
    airbyte += ["--pyairbyte", str(pyairbyte), "--faker", str(faker)]
    session.run(*airbyte, *session.posargs, success_codes=codes)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, mypy, stubtest, import-linter, rustfmt and clippy."""
    install(session, *LINT_TOOLS, *TEST_TOOLS, "nox")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run(
        "python",
        "-m",
        "mypy.stubtest",
        "headrace._rust",
        "--allowlist",
        "tests/typing/stubtest-allow.txt",
        "--ignore-missing-stub",
    )
    session.run("lint-imports")
    with session.chdir(RUST):
        session.run("cargo", "fmt", "--check", external=True)
        session.run(
            "cargo", "clippy", "--release", "--all-targets", "--", "-D", "warnings", external=True
        )


@nox.session
def docs(session: nox.Session) -> None:
    """Write the tables of the documents that the code holds."""
    install(session)
    session.run("python", "docs/generate.py")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build both wheels and try them outside the checkout."""
    session.install("build>=1.2,<2")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    # The wheel of the source distribution, which therefore has all that a build needs.
    session.run("python", "-m", "build", "--outdir", str(dist), ".")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(dist), "harness")
    with tempfile.TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        python = venv / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        session.run("python", "-m", "venv", str(venv))
        wheels = [str(path) for path in sorted(dist.glob("*.whl"))]
        session.run(str(python), "-m", "pip", "install", "--quiet", *wheels, external=True)
        with session.chdir(folder):
            tried = Path(folder) / "tried"
            session.run(str(python), "-m", "headrace", "init", "job", str(tried), external=True)
            session.run(
                str(python),
                "-m",
                "headrace",
                "run",
                str(tried / "job.yaml"),
                external=True,
                success_codes=[1],
            )  # one of its rows is quarantined
            session.run(str(python), "-c", THROUGH_LIBRARIES, str(tried), external=True)
            session.run(str(python), "-m", "headrace", "bench", "list", external=True)


@nox.session
def microbench(session: nox.Session) -> None:
    """The functions that run once a batch: validate, convert, write, the JSON crossing."""
    install(session, *TEST_TOOLS, "pytest-benchmark>=5,<6")
    session.run(
        "pytest",
        "tests/microbench",
        "-o",
        "python_files=bench_*.py",
        "--benchmark-group-by=group",
        *session.posargs,
    )


@nox.session
def fuzz(session: nox.Session) -> None:
    """Fuzz CSV, JSON, rules and contracts: `nox -s fuzz -- --seconds 60` or `--executions N`."""
    if shutil.which("cargo-fuzz") is None:
        session.error("needs `rustup toolchain install nightly` and `cargo install cargo-fuzz`")
    install(session, "atheris>=3,<4")
    target = Path(os.environ["CARGO_TARGET_DIR"]).with_name("cargo-fuzz-target")
    # The core has no unsafe code for a sanitizer to watch, and runs several times faster without.
    build = ["cargo", "+nightly", "fuzz", "build", "--sanitizer", "none"]
    with session.chdir(RUST):
        session.run(*build, "--target-dir", str(target), external=True)
    host = session.run("rustc", "+nightly", "--print", "host-tuple", external=True, silent=True)
    binaries = target / str(host).strip() / "release"
    places = ["--binaries", str(binaries), "--work", str(CACHE / "fuzz")]
    session.run("python", "-m", "tests.fuzz.session", *places, *session.posargs)

"""The contract parser under atheris: `python -m tests.fuzz.atheris_contract CORPUS [-runs=N]`.

Only what is imported here is instrumented; the fuzzer follows what of it an input reaches.
"""

from __future__ import annotations

import sys
from importlib import import_module


def main() -> None:
    """Run until a limit of libFuzzer's options is reached or the law is broken."""
    atheris = import_module("atheris")  # only the fuzzer's own environment has it
    with atheris.instrument_imports(include=["headrace.contract", "headrace.job"]):
        law = import_module("tests.fuzz.contract")
    atheris.Setup(sys.argv, law.contract)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""Laws that hold for every input, run by a fuzzer in `nox -s fuzz` and over its corpus in pytest.

- `contract`: the law of the contract parser.
- `documents`: contracts made from bytes.
- `atheris_contract`: that law under a fuzzer.
- `random_contract`: that law on random inputs, many more of them.
- `session`: every target for a time, and the report.
- `test_corpus`: the corpus, without a fuzzer.

The native targets are in `rust/fuzz`.
"""

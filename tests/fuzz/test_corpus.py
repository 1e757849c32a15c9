"""The corpus of the contract parser, without a fuzzer: what once was found stays found.

The native targets' corpora are run by `cargo test`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.contract import contract
from tests.fuzz.session import corpus_of

INPUTS = sorted(corpus_of("contract").iterdir())


class TestGivenAnInputOfTheCorpus:
    @pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
    def test_when_it_is_read_then_it_is_a_contract_or_a_config_error(self, path: Path) -> None:
        """Whatever a document holds, its author hears what is wrong and where."""
        contract(path.read_bytes())

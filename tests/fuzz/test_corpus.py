"""The corpus of the contract parser, without a fuzzer: what once was found stays found.

The native targets' corpora are run by `cargo test`.
"""

from __future__ import annotations

import pytest

from tests.fuzz.contract import contract
from tests.fuzz.session import corpus_of

CORPUS = corpus_of("contract")

# What is said of each input; nothing of a contract.
SAID = {
    "alias-within-itself": "is nested more than 64 levels deep",
    "aliases-that-multiply": "has more than 200,000 values",
    "aliases-within-themselves": "is nested more than 64 levels deep",
    "key-positions-of-several-kinds": "is a whole number, not 'a'",
    "length-beyond-64-bits": "is a whole number of at least 0, not 1000000000",
    "logical-type-a-mapping": "is no type of the logicalType 'time'",
    "nested-500-deep": "is nested more than 64 levels deep",
    "playbook": None,
    "quality-of-an-unknown-column": "is no type of the logicalType 'integer'",
    "tag-int-empty": "'' is no int",
    "tag-of-another": "'y' is no timestamp",
    "tag-of-another-at-the-root": "a contract is a mapping",
}


class TestGivenAnInputOfTheCorpus:
    @pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.iterdir()))
    def test_when_it_is_read_then_it_is_a_contract_or_what_is_wrong_is_said(
        self, name: str
    ) -> None:
        """Whatever a document holds, its author hears what is wrong and where."""
        messages = [problem.message for problem in contract((CORPUS / name).read_bytes())]

        said = SAID[name]
        assert messages == [] if said is None else any(said in one for one in messages)

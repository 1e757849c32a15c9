"""Pages of a REST API: every record once, in order, whatever leads from one page to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from headrace import create_extractor
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.httpapi import PAGINATION, Api, an_api_job, paged, some_records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read(tmp_path: Path, url: str, reader: Mapping[str, Any], **sections: Any) -> list[Any]:  # noqa: ANN401
    """The rows that a job's reader yields, in order."""
    extractor = create_extractor(an_api_job(tmp_path, url, reader, **sections))
    return [row for batch in extractor.extract() for row in batch]


def queries(api: Api) -> list[dict[str, str]]:
    return [asked.query for asked in api.asked]


class TestGivenAnyPagination:
    @pytest.mark.parametrize("kind", PAGINATION)
    @settings(max_examples=25, deadline=None)
    @given(count=st.integers(0, 23), size=st.integers(1, 8), rows=st.integers(1, 9))
    def test_when_read_then_every_record_comes_once_in_order(
        self,
        kind: str,
        count: int,
        size: int,
        rows: int,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        """How records are cut into pages and batches does not show."""
        tmp_path = tmp_path_factory.mktemp("any")
        records = some_records(count)
        with Api(paged(kind, records, size=size)) as api:
            reader = {"pagination": PAGINATION[kind]}
            found = read(tmp_path, api.url, reader, batch={"rows": rows})

        assert found == records
        assert len(api.asked) >= -(-count // size)

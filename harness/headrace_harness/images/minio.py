"""The image of MinIO: its program, which links to nothing."""

from collections.abc import Sequence
from typing import Final

from headrace_harness.data.cache import Announce
from headrace_harness.images.minioprogram import build
from headrace_harness.images.names import MINIO
from headrace_harness.images.recipe import Recipe
from headrace_harness.images.steps import Copy, Folder, Step


def _prepare(announce: Announce) -> Sequence[Step]:
    return (Copy(build(announce), "/minio"), Folder("/tmp"), Folder("/data"))  # noqa: S108 - the image's own


RECIPE: Final = Recipe(
    name="minio",
    tag=MINIO,
    official=MINIO,
    title="MinIO, of its source",
    prepare=_prepare,
    changes=("ENV HOME=/tmp", "VOLUME /data", 'ENTRYPOINT ["/minio"]'),
)

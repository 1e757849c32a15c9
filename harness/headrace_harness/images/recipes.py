"""Every recipe, by its name."""

from collections.abc import Mapping
from typing import Final

from headrace_harness.images.connectors import FAKER_RECIPE, REPLAY_RECIPE, STRIPE_RECIPE
from headrace_harness.images.minio import RECIPE as MINIO_RECIPE
from headrace_harness.images.postgres import RECIPE as POSTGRES_RECIPE
from headrace_harness.images.recipe import Recipe

RECIPES: Final[Mapping[str, Recipe]] = {
    recipe.name: recipe
    for recipe in (MINIO_RECIPE, POSTGRES_RECIPE, FAKER_RECIPE, REPLAY_RECIPE, STRIPE_RECIPE)
}

"""Images made on this machine: of what it has, once, whole, under the names that are asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from headrace_harness.errors import ServiceError
from headrace_harness.images.builder import BUILT, UNFINISHED, build, state_of
from headrace_harness.images.names import NAMES, how_to_get
from headrace_harness.images.recipe import Recipe
from headrace_harness.images.recipes import RECIPES
from headrace_harness.images.steps import Copy, Folder, Write
from headrace_harness.services.airbyteimage import specification_of
from headrace_harness.services.dockercommand import image_label
from headrace_harness.services.leftovers import sweep_leftovers

from tests.containers import (
    DOCKER,
    a_connector_image,
    docker,
    need_engine,
    need_testcontainers,
)
from tests.harness.builders import quietly
from tests.harness.owners import began, killed
from tests.waiting import holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from headrace_harness.images.steps import Step

MAKES_A_LARGE_ONE = """
import sys, time
from pathlib import Path
from headrace_harness.images.builder import build
from headrace_harness.images.recipe import Recipe
from headrace_harness.images.steps import Copy
class Endless:
    def line(self):
        return "COPY endless"
    mark = line
    def fill(self, tar):
        tar.add(sys.executable, "first", recursive=False)
        print("filling", flush=True)
        time.sleep(600)
recipe = Recipe(
    name="large", tag=sys.argv[1], title="", changes=(), prepare=lambda _: [Endless()]
)
build(recipe, print)
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Iterator[Callable[..., Recipe]]:
    """Makes recipes of an image with one file."""
    need_engine()
    tag = f"headrace-test-image:{uuid.uuid4().hex[:12]}"

    def make(content: str = "one", *changes: str) -> Recipe:
        source = tmp_path / "source"
        if not source.exists() or source.read_text() != content:
            source.write_text(content)
        steps = (Copy(source, "/content"), Write("/said", "so"), Folder("/room"))
        return Recipe(name="test", tag=tag, title="", changes=changes, prepare=lambda _: steps)

    yield make
    subprocess.run([DOCKER, "rmi", "--force", tag], capture_output=True, check=False)


class TestGivenARecipe:
    def test_when_built_twice_then_it_is_made_once(self, recipe: Callable[..., Recipe]) -> None:
        """Who builds again and nothing has changed waits for nothing."""
        outcomes = [build(recipe(), quietly).outcome for _ in range(2)]

        assert outcomes == ["made", "there"]
        assert state_of(recipe()) == "made"

    @pytest.mark.parametrize("changed", [("two",), ("one", "ENV A=b")])
    def test_when_it_or_what_it_takes_has_changed_then_it_is_made_anew(
        self, recipe: Callable[..., Recipe], changed: tuple[str, ...]
    ) -> None:
        """An image is never of an older recipe than the harness that asks for it."""
        before = build(recipe(), quietly)
        labels = [image_label(before.tag, BUILT)]
        former = docker("image", "inspect", "--format", "{{.Id}}", before.tag).strip()

        after = build(recipe(*changed), quietly)

        labels.append(image_label(before.tag, BUILT))
        assert after.outcome == "made"
        assert image_label(former, BUILT) is None
        assert labels[0] != labels[1]

    def test_when_what_it_takes_lies_elsewhere_then_it_is_the_same_image(
        self, recipe: Callable[..., Recipe], tmp_path: Path
    ) -> None:
        """Two checkouts of one version do not make each other's images anew."""
        one = recipe()
        _, *rest = one.prepare(quietly)
        moved = tmp_path / "moved"
        moved.write_text("one")

        digests = [
            one.digest((Copy(place, "/content"), *rest)) for place in (tmp_path / "source", moved)
        ]

        assert digests[0] == digests[1]

    def test_when_another_made_the_image_then_it_is_left_as_it_is(
        self, recipe: Callable[..., Recipe]
    ) -> None:
        """A registry's own image is not replaced, unless that is asked for."""
        one = recipe()
        foreign = build(replace(one, name="other"), quietly)
        docker("tag", foreign.tag, "headrace-test-image:other")
        context = b'FROM headrace-test-image:other\nLABEL org.headrace.built=""'
        subprocess.run(
            [DOCKER, "build", "--quiet", "--tag", one.tag, "-"],
            input=context,
            env=os.environ | {"DOCKER_BUILDKIT": "0"},
            capture_output=True,
            check=True,
        )
        docker("rmi", "headrace-test-image:other")

        outcomes = [build(one, quietly, again=again).outcome for again in (False, True)]

        assert outcomes == ["there", "made"]

    def test_when_no_registry_answers_then_it_is_made_all_the_same(
        self, recipe: Callable[..., Recipe]
    ) -> None:
        """What cannot be pulled is made, and it is said why."""
        said: list[str] = []

        image = build(replace(recipe(), official="localhost:1/none:0"), said.append, pulls=True)

        assert image.outcome == "made"
        assert "localhost:1/none:0 cannot be pulled, so it is made" in said[1]

    def test_when_what_it_takes_is_gone_then_nothing_bears_its_tag(
        self, recipe: Callable[..., Recipe], tmp_path: Path
    ) -> None:
        """Half an image is none."""
        one = recipe()
        steps = (*one.prepare(quietly), Copy(tmp_path / "gone"))

        with pytest.raises(FileNotFoundError):
            build(replace(one, prepare=lambda _: steps), quietly)

        assert state_of(one) == "missing"

    def test_when_docker_refuses_it_then_the_error_has_its_words(
        self, recipe: Callable[..., Recipe]
    ) -> None:
        """One clear error."""
        with pytest.raises(
            ServiceError, match=r"headrace-test-image:.* cannot be made: .*nonsense is not"
        ):
            build(recipe("one", "NONSENSE x"), quietly)


class TestGivenNoEngine:
    def test_when_an_image_is_built_then_nothing_is_prepared_for_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Minutes are not spent on what cannot be had."""
        monkeypatch.setenv("PATH", "")
        prepared: list[str] = []

        def prepare(_: object) -> list[Step]:
            prepared.append("it")
            return []

        one = Recipe(name="test", tag="test", title="", changes=(), prepare=prepare)

        with pytest.raises(ServiceError, match="there is no docker command"):
            build(one, quietly)

        assert prepared == []


class TestGivenABuilderThatIsKilled:
    def test_when_it_was_in_the_middle_then_nothing_bears_the_tag_nor_stays(self) -> None:
        """An image that was cut looks whole to Docker: it gets its tag from who saw its end."""
        need_engine()
        tag = f"headrace-test-image:{uuid.uuid4().hex[:12]}"
        builder, owner = began(MAKES_A_LARGE_ONE, tag)
        assert builder.stdout is not None
        assert builder.stdout.readline() == "filling\n"

        killed(builder)

        def is_swept() -> bool:
            sweep_leftovers()
            return owner not in docker("images", UNFINISHED)

        assert holds(is_swept)
        assert docker("images", "--quiet", tag) == ""


class TestGivenTheRecipes:
    def test_when_named_then_each_has_the_tag_that_services_ask_for(self) -> None:
        """Who is told to build an image is told a name that there is."""
        assert {recipe.name: recipe.tag for recipe in RECIPES.values()} == NAMES
        assert [how_to_get(tag) for tag in NAMES.values()] == [
            f"`headrace images build {name}`" for name in RECIPES
        ]
        assert how_to_get("else:1") == "`docker pull else:1`"

    def test_when_built_by_command_then_each_is_told_and_a_wrong_name_is_usage(self) -> None:
        """Data on standard output, all else on standard error."""
        need_engine()
        wrong, made, listed, recipe = (
            subprocess.run(
                [sys.executable, "-m", "headrace", "images", *words, "--json"],
                capture_output=True,
                text=True,
                check=False,
            )
            for words in (
                ["build", "nothing"],
                ["build", "source-replay"],
                ["list"],
                ["recipe", "source-replay"],
            )
        )

        assert wrong.returncode == 2
        assert "there are minio, postgres," in wrong.stderr
        (image,) = json.loads(made.stdout)["images"]
        assert (image["tag"], made.returncode) == (NAMES["source-replay"], 0)
        states = {one["name"]: one["state"] for one in json.loads(listed.stdout)["images"]}
        assert states["source-replay"] == "made"
        assert set(states) == set(NAMES)
        assert "/replay.py" in json.loads(recipe.stdout)["recipe"]


class TestGivenAConnectorsImage:
    def test_when_asked_what_it_is_then_it_answers_by_the_protocol(self) -> None:
        """The very connector that plays back runs there, as anybody."""
        need_testcontainers()
        build(RECIPES["source-replay"], quietly)

        found = specification_of(NAMES["source-replay"])

        assert found["connectionSpecification"]["required"] == ["recording"]

    def test_when_it_has_packages_then_its_interpreter_finds_them(self, tmp_path: Path) -> None:
        """Wherever this machine's Python keeps its own: Debian's has another place."""
        need_testcontainers()
        package = tmp_path / "packages" / "source_tiny"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "run.py").write_text("def run(): print('found')\n", encoding="utf-8")
        tag = f"headrace-test-tiny:{uuid.uuid4().hex[:12]}"

        a_connector_image(tag, package.parent, "source_tiny.run")

        try:
            assert docker("run", "--rm", "--network", "none", tag) == "found\n"
        finally:
            docker("rmi", "--force", tag)

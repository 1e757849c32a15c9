"""`headrace images`: the images of servers and connectors, made here or pulled."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from headrace_harness.cli.guarding import guarded, say
from headrace_harness.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from headrace_harness.cli import Subparsers
    from headrace_harness.images.recipe import Recipe

_MB = 1_000_000


def register(subparsers: "Subparsers") -> None:
    """Add `images` to the engine's command line.

    Args:
        subparsers: Of the `headrace` parser.
    """
    images = subparsers.add_parser("images", help="the images of servers and connectors")
    commands = images.add_subparsers(dest="images_command", required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="make them on this machine, or pull them")
    build.add_argument("image", nargs="*", metavar="IMAGE", help="default: all")
    build.add_argument("--pull", action="store_true", help="ask a registry first")
    build.add_argument("--again", action="store_true", help="make what is there, too")
    build.set_defaults(handler=lambda args: guarded(_build, args, command="images"))
    listing = commands.add_parser("list", help="what there is")
    listing.set_defaults(handler=lambda args: guarded(_list, args, command="images"))
    recipe = commands.add_parser("recipe", help="how one is made, as a Dockerfile says it")
    recipe.add_argument("image", metavar="IMAGE")
    recipe.set_defaults(handler=lambda args: guarded(_recipe, args, command="images"))
    for parser in (build, listing, recipe):
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _build(args: argparse.Namespace) -> int:
    """Build; 1 if one could not be, and the others are all the same."""
    from headrace_harness.images.builder import build  # noqa: PLC0415 - `run` must not pay for it
    from headrace_harness.services.leftovers import sweep_leftovers  # noqa: PLC0415

    sweep_leftovers()
    images, failed = [], []
    for recipe in _chosen(args.image):
        try:
            image = build(recipe, say, pulls=args.pull, again=args.again)
        except ServiceError as error:
            failed.append({"name": recipe.name, "tag": recipe.tag, "error": str(error)})
            say(f"headrace images: {recipe.name}: {error}")
            continue
        images.append(image.to_dict())
        if not args.json:
            size = f"{image.size_bytes / _MB:.0f} MB"
            _tell(f"{image.outcome:<6} {image.tag}  {size}  {image.wall_s:.1f} s")
    if args.json:
        _tell(json.dumps({"schema_version": 1, "images": images, "failed": failed}))
    return 1 if failed else 0


def _list(args: argparse.Namespace) -> int:
    """List; 1 if one is missing."""
    from headrace_harness.images.builder import state_of  # noqa: PLC0415 - as above
    from headrace_harness.services.dockercommand import missing_engine  # noqa: PLC0415

    missing = missing_engine()
    listed = [
        {
            "name": recipe.name,
            "tag": recipe.tag,
            "state": "missing" if missing else state_of(recipe),
            "official": recipe.official,
            "title": recipe.title,
        }
        for recipe in _chosen([])
    ]
    if args.json:
        _tell(json.dumps({"schema_version": 1, "engine": missing or "answers", "images": listed}))
    else:
        if missing:
            say(f"headrace images: {missing}")
        for one in listed:
            _tell(f"{one['state']:<8} {one['name']:<14} {one['tag']}  {one['title']}")
    return 1 if any(one["state"] == "missing" for one in listed) else 0


def _recipe(args: argparse.Namespace) -> int:
    (recipe,) = _chosen([args.image])
    steps = recipe.prepare(say)
    text, digest = recipe.text(steps), recipe.digest(steps)
    shown = {"schema_version": 1, "name": recipe.name, "tag": recipe.tag, "digest": digest}
    _tell(json.dumps({**shown, "recipe": text}) if args.json else text)
    return 0


def _chosen(names: Sequence[str]) -> "list[Recipe]":
    """The recipes of these names, all of them where none is named.

    Raises:
        UsageError: There is none of a name.
    """
    from headrace_harness.images.recipes import RECIPES  # noqa: PLC0415 - as above

    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        message = f"there is no image {', '.join(unknown)}; there are {', '.join(RECIPES)}"
        raise UsageError(message)
    return [RECIPES[name] for name in names or RECIPES]


def _tell(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the command's output

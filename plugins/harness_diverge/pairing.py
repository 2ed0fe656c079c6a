"""Stage by stage, A's step beside what was stated of B."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness_diverge import causes, keys
from harness_diverge.file import WHOLE, steps
from harness_diverge.stage import PIXELS, STAGES, Stage, chained, own

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.types import Manifest
    from harness_diverge.file import File
    from harness_diverge.stage import Step, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The last stage of either chain."""

    ours: Step
    theirs: Step
    how: str = ""
    """What was stated of theirs; "" where it is A's."""


def paired(
    manifest: Manifest, file: File, settings: Sequence[str], answers: Answers
) -> list[Stage]:
    """Return the stages of A and B.

    A is how the weights were published; B is the same but for the functions in a file, the keys
    in `settings`, and its answers. With the file's `preprocess` all until encoded is one stage.
    """
    stated = keys.stated(manifest, settings)
    told = keys.changed(manifest, stated)
    _refuse_conflicts(told, file, answers)
    given = steps(file, manifest)
    ours = own(manifest.geometry, manifest.encoding) | {"outputs": answers.ours}
    ways = causes.known(ours, manifest.encoding, manifest.geometry.mode)
    names: Sequence[str] = STAGES
    if WHOLE in given:
        names = ("encode", "outputs")
        given["encode"] = given.pop(WHOLE)
        before = [ours[name] for name in PIXELS]
        ways["encode"] = dict(_whole_ways(before, ours["encode"], ways))
        ours["encode"] = chained(*before, ours["encode"])
    theirs = own(stated.geometry, stated.encoding) | {"outputs": answers.theirs}
    how = {
        name: ", ".join(text for key, text in told.items() if name in keys.stages(key))
        for name in names
    }
    how |= {"outputs": answers.how} | dict.fromkeys(given, file.name)
    return [
        Stage(
            name=name,
            ours=ours[name],
            theirs=given.get(name) or (theirs[name] if how[name] else ours[name]),
            how=how[name],
            known=ways[name] if name in given or name == "outputs" else {},
        )
        for name in names
    ]


def _whole_ways(
    before: Sequence[Step], encode: Step, ways: Mapping[str, Mapping[str, Way]]
) -> Iterator[tuple[str, Way]]:
    """Yield what all until encoded may be: A's in all but how it resizes or encodes."""
    decode, resize, crop = before
    cropped = chained(*before)

    def encoded(way: Way, path: Path, shape: tuple[int, ...]) -> NDArray[Any]:
        return way(cropped(path), shape)

    def resized(way: Way, path: Path, _: tuple[int, ...]) -> NDArray[Any]:
        image = decode(path)
        return encode(crop(way(image, resize(image).shape)))

    for name, way in ways["encode"].items():
        yield name, partial(encoded, way)
    for name, way in ways["resize"].items():
        yield f"A's, resized {name}", partial(resized, way)


def _refuse_conflicts(told: Mapping[str, str], file: File, answers: Answers) -> None:
    """Raise `UsageError` where something is stated twice."""
    covered = set(STAGES[:-1]) if WHOLE in file.functions else set(file.functions)
    for key in told:
        if keys.stages(key) <= covered:
            message = f"--set {key}: {file.name} does {', '.join(sorted(keys.stages(key)))} itself"
            raise UsageError(message)
    if "outputs" in covered and answers.how:
        message = f"{file.name} gives the outputs itself; leave out --against and --onnx"
        raise UsageError(message)

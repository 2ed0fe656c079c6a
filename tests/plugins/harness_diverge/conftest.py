"""What these tests share: a tiny model of colour images with its stages, noise, a chain file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.discovery import discover
from harness.testing import tiny_model
from harness.types import Sample
from harness_diverge import answers, file, pairing
from harness_diverge.comparison import Comparison, compare
from harness_diverge.images import Shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.types import Artefact
    from harness_diverge.file import File
    from harness_diverge.stage import Step


@pytest.fixture(scope="session")
def tiny_artefact(tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def outputs(tiny_artefact: Artefact) -> Step:
    return answers.session(tiny_artefact, discover().backends["numpy"])


@pytest.fixture(scope="session")
def noise() -> Shown:
    """Return labelled noise of several sizes, none of them the model's."""
    rng = np.random.default_rng(0)
    sizes = [(20, 31), (40, 22), (33, 33), (18, 50), (25, 24), (47, 19)]
    return Shown(
        name="noise",
        samples=[
            Sample(id=f"noise-{at}", image=rng.integers(0, 256, (*size, 3), np.uint8), target=at)
            for at, size in enumerate(sizes)
        ],
        targets=list(range(len(sizes))),
    )


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], File]:
    """Return a reader of chain files that are given as text."""

    def write(text: str) -> File:
        path = tmp_path / "chain.py"
        path.write_text(f"import numpy as np\n{text}")
        return file.read(path)

    return write


@pytest.fixture
def compared(
    tiny_artefact: Artefact, outputs: Step, noise: Shown, written: Callable[[str], File]
) -> Callable[..., Comparison]:
    """Return a comparison of the tiny model's own chain with one by text and settings."""

    def compare_with(text: str = "", *settings: str, shown: Shown = noise) -> Comparison:
        manifest = tiny_artefact.manifest
        theirs = written(text) if text else file.NONE
        both = pairing.Answers(ours=outputs, theirs=outputs)
        stages = pairing.paired(manifest, theirs, settings, both)
        return compare(stages, shown, manifest.geometry, allowed=1e-4)

    return compare_with

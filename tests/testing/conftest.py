"""A tiny model, and a way to spoil an honest backend."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.testing import tiny_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import harness
    from harness.session import Batch, Outputs

    Answer = Callable[[Batch], Outputs]
    Spoilt = Callable[..., harness.Backend]


@pytest.fixture
def artefact(tmp_path: Path) -> harness.Artefact:
    return tiny_model(tmp_path)


@pytest.fixture(scope="session")
def spoilt() -> Spoilt:
    """Return a maker of backends whose session is wrapped and whose `Loaded` says otherwise."""

    def make(
        backend: harness.Backend,
        wrap: Callable[[Answer], Answer] = lambda session: session,
        **says: Any,  # noqa: ANN401 - fields of Loaded and of Actual
    ) -> harness.Backend:
        def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
            loaded = backend.load(artefact, options)
            assert callable(loaded.session)
            own = {name: value for name, value in says.items() if hasattr(loaded, name)}
            actual = {name: value for name, value in says.items() if name not in own}
            return replace(
                loaded,
                session=wrap(loaded.session),
                actual=replace(loaded.actual, **actual),
                **own,
            )

        return replace(backend, load=load)

    return make

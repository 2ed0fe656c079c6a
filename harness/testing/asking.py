"""How a backend is asked: with what options, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalog import missing
from harness.errors import PluginError, UnavailableError
from harness.session import Loaded, LoadOptions, fitting, unfit
from harness.types import Actual
from harness.worker import load

if TYPE_CHECKING:
    from harness.offers import Backend
    from harness.session import Batch, Outputs
    from harness.types import Artefact


def place(backend: Backend, device: str | None, precision: str | None) -> tuple[str, str]:
    """Return the device and precision to ask for: the CPU and float32 where the backend has them.

    Raises `UnavailableError` where its engine or this machine excludes every question.
    """
    device = device or ("cpu" if "cpu" in backend.devices else min(backend.devices))
    precision = precision or ("fp32" if "fp32" in backend.precisions else min(backend.precisions))
    if reason := missing(backend) or unfit(backend, device, precision):
        raise UnavailableError(reason)
    return device, precision


def load_options(  # noqa: PLR0913 - each names one thing that is asked for
    backend: Backend,
    artefact: Artefact,
    *,
    threads: int,
    batch_size: int,
    device: str | None = None,
    precision: str | None = None,
) -> LoadOptions:
    """Return what to ask a backend for.

    Raises `UnavailableError` where its formats, its engine or this machine exclude the question.
    """
    made = artefact.manifest.forms
    format = fitting(backend, made)  # noqa: A001 - the field's own word
    if not format:
        reason = f"takes {', '.join(backend.formats)}; the model has {', '.join(made)}"
        raise UnavailableError(reason)
    device, precision = place(backend, device, precision)
    return LoadOptions(
        format=format,
        device=device,
        precision=precision,
        threads=threads,
        batch_size=made[format].details.get("batch", batch_size),
    )


def loaded(backend: Backend, artefact: Artefact, options: LoadOptions) -> Loaded:
    """Return a model loaded by a backend; `PluginError` for anything but a session and its facts.

    What the backend raises is not caught.
    """
    answer: object = load(backend, artefact, options)
    if not isinstance(answer, Loaded):
        message = f"`load` returns {_named(answer)}, not harness.Loaded"
        raise PluginError(message)
    if not isinstance(answer.actual, Actual):
        message = f"`actual` is {_named(answer.actual)}, not harness.Actual"
        raise PluginError(message)
    return answer


def outputs(  # noqa: PLR0913 - each names one thing that the answer depends on
    backend: Backend,
    artefact: Artefact,
    batch: Batch,
    *,
    threads: int = 1,
    device: str | None = None,
    precision: str | None = None,
) -> Outputs:
    """Return a backend's answer to a batch; what it raises is not caught."""
    options = load_options(
        backend,
        artefact,
        threads=threads,
        batch_size=len(batch),
        device=device,
        precision=precision,
    )
    return loaded(backend, artefact, options).session(batch)


def truth(reference: Backend, artefact: Artefact, batch: Batch) -> Outputs:
    """Return the answer of the oracle: the NumPy backend in float64, on the structure graph."""
    options = LoadOptions(format="structure", precision="fp64")
    return load(reference, artefact, options).session(batch)


def _named(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"

"""What a backend is asked for, and the session that it answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.errors import UnknownNameError
from harness.types import Json  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from harness.offers import Backend
    from harness.types import Actual

    Batch: TypeAlias = NDArray[np.float32] | NDArray[np.uint8]
    """What a session takes: the batch first, encoded as the model's `Encoding` says."""
    Outputs: TypeAlias = NDArray[np.floating[Any]]
    """What a session returns: the batch first; N x classes for classification."""
    Session: TypeAlias = "Callable[[Batch], Outputs] | Staged"
    """Host memory in, host memory out; returns only when the answer is ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What a backend is asked for."""

    format: str
    device: str = "cpu"
    precision: str = "fp32"
    threads: int = 1
    batch_size: int | None = None
    """For a backend with static batching: the only size it will be called with."""
    settings: dict[str, Json] = field(default_factory=dict)
    """The backend's own options, as the suite gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A session in three steps, each returning when its effect is complete.

    `put` moves a batch to the device, `run` computes there, `get` brings the outputs back.
    """

    put: Callable[[Batch], Any]
    run: Callable[[Any], Any]
    get: Callable[[Any], Outputs]

    def __call__(self, batch: Batch) -> Outputs:
        """Run all three."""
        return self.get(self.run(self.put(batch)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model ready to answer."""

    session: Session
    actual: Actual
    device_memory: Callable[[], Mapping[str, int]] | None = None
    """Bytes at their peak by the engine's own account of its device: `allocated`, `reserved`."""
    concurrency: int = 1
    submit: Callable[[Batch], Future[Outputs]] | None = None


def check(
    options: LoadOptions, backend: str, devices: Iterable[str], precisions: Iterable[str]
) -> None:
    """Raise `UnknownNameError` where a backend is asked for what it does not have."""
    asked = (("device", options.device, devices), ("precision", options.precision, precisions))
    for kind, name, known in asked:
        if name not in known:
            unknown = UnknownNameError.among(f"{kind} of backend {backend}", name, known)
            raise unknown


def fitting(backend: Backend, formats: Container[str]) -> str:
    """Return the one of these formats that a backend prefers; "" where it takes none of them."""
    return next((each for each in backend.formats if each in formats), "")


def unfit(backend: Backend, device: str, precision: str) -> str:
    """Return why a backend cannot take part on a device in a precision, or ""."""
    if device not in backend.devices:
        return f"{backend.name} runs on {', '.join(sorted(backend.devices))}, not on {device}"
    if precision not in backend.precisions:
        known = ", ".join(sorted(backend.precisions))
        return f"{backend.name} computes in {known}, not in {precision}"
    try:
        return backend.missing_device(device)
    except Exception as error:  # noqa: BLE001 - a plugin's own; it costs its row, not the run
        return f"{backend.name} cannot tell whether it can use {device}: {error!r}"

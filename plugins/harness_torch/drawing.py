"""Random weights with which a network behaves like a trained one.

A builder's own initialisation lets the activations of many networks vanish or explode, and leaves
batch norm the identity. So each layer is scaled, in the order of the calls, to outputs of unit
variance on seeded noise (Mishkin and Matas, "All you need is a good init", 2016); biases, and what
batch norm holds, are drawn around what they are met with.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness_torch.build import built
from harness_torch.export import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import torch
    from numpy.typing import NDArray

    from harness.recipe import Recipe

IMAGES = 4
COARSE = 4
"""Pixels of the coarse part of the noise; without it, pooling makes all noise alike."""
SPREAD = 0.2
"""Standard deviation of a layer's biases, where its outputs have 1."""
SHIFT = 0.75
"""The same for batch norm. The less its inputs' means count, the more rounding errors grow."""
LEAST = 0.3
"""Share of the mean variance that each channel counts with at least: rare values stay small."""


def drawn(wanted: Recipe) -> torch.nn.Module:
    """Return the network with weights that the seed decides, whatever the number of threads."""
    import torch
    from torch import nn
    from torch.nn.modules.batchnorm import _BatchNorm
    from torch.nn.modules.conv import _ConvNd

    torch.manual_seed(wanted.seed)
    model = built(wanted)
    generator = torch.Generator().manual_seed(wanted.seed)
    visits: dict[type[nn.Module], Callable[..., Any]] = {
        _BatchNorm: _normalise,
        _ConvNd: _scale,
        nn.Linear: _scale,
    }
    done: set[torch.Tensor] = set()
    handles = [
        module.register_forward_pre_hook(_first(visit, done, generator))
        for module in model.modules()
        for kind, visit in visits.items()
        if isinstance(module, kind)
    ]
    with _one_thread():
        answer(model, noise(wanted.input_shape, wanted.seed), wanted)
    for handle in handles:
        handle.remove()
    return model


def noise(shape: tuple[int, int, int], seed: int) -> NDArray[np.float32]:
    """Return images that differ from each other both in the large and in the small."""
    import numpy as np

    channels, height, width = shape
    rng = np.random.default_rng(seed)
    coarse = rng.standard_normal((IMAGES, channels, COARSE, COARSE), dtype=np.float32)
    rows, columns = (np.arange(size) * COARSE // size for size in (height, width))
    fine = rng.standard_normal((IMAGES, *shape), dtype=np.float32)
    return (coarse[:, :, rows[:, None], columns] + fine) / np.float32(2**0.5)


def _first(
    visit: Callable[..., None], done: set[torch.Tensor], generator: torch.Generator
) -> Callable[..., None]:
    """Return the hook that visits a module unless its parameters were met before."""

    def hook(module: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        own = set(module.parameters(recurse=False))
        if not own & done:
            visit(module, given, generator)
        done.update(own)

    return hook


def _scale(module: Any, given: tuple[torch.Tensor, ...], generator: torch.Generator) -> None:  # noqa: ANN401 - a convolution or a linear layer
    """Scale a layer's weight to outputs of unit variance, and draw its bias."""
    if not module.weight.any():
        module.weight.normal_(generator=generator)
    if module.bias is not None:
        module.bias.zero_()
    deviation = module.forward(*given).std()
    if deviation > 0:
        module.weight.div_(deviation)
    if module.bias is not None:
        module.bias.normal_(std=SPREAD, generator=generator)


def _normalise(module: Any, given: tuple[torch.Tensor, ...], generator: torch.Generator) -> None:  # noqa: ANN401 - a batch norm
    """Draw a batch norm's statistics around the input's own, and its weight and bias."""
    import torch

    (values,) = given
    if module.running_mean is not None:
        rest = [axis for axis in range(values.ndim) if axis != 1]
        variance, mean = torch.var_mean(values, rest, correction=0)
        variance = variance.clamp(min=max(LEAST * float(variance.mean()), module.eps))
        shift = torch.empty_like(mean).normal_(std=SHIFT, generator=generator)
        spread = torch.empty_like(mean).uniform_(0.5, 1.5, generator=generator)
        module.running_mean.copy_(mean + shift * variance.sqrt())
        module.running_var.copy_(variance * spread)
    if module.weight is not None:
        module.weight.uniform_(0.25, 0.75, generator=generator)
        module.bias.normal_(std=SHIFT, generator=generator)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let sums be made in one order."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)

"""What learns: a whole network, or its last layer on what a frozen trunk says of the images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import preprocess

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import nn

    from harness import Encoding
    from harness_torch.training.data import Part, Splits
    from harness_torch.training.network import Start
    from harness_torch.training.setting import Setting

BATCH = 256
"""Of evaluation; 224 x 224 pixels in ResNet-50 then take some 2 GB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learner:
    """A module that is called, and the part of it whose parameters learn."""

    module: nn.Module
    learning: nn.Module
    encode: Callable[[NDArray[Any]], NDArray[Any]]
    """Inputs of a `Part` -> what the module is called with."""
    setting: Setting
    still: tuple[nn.Module, ...] = ()
    """Layers that stay in evaluation mode: batch norm that keeps its statistics."""


def whole(start: Start, encoding: Encoding, setting: Setting) -> Learner:
    """Return the learner that is all of a network."""
    model = placed(start.model, setting)
    return Learner(
        module=model, learning=model, encode=preprocess.encoder(encoding), setting=setting
    )


def head(start: Start, encoding: Encoding, setting: Setting) -> Learner:
    """Return the learner that is a network's last layer; all others are frozen."""
    learner = whole(start, encoding, setting)
    for parameter in learner.module.parameters():
        parameter.requires_grad = False
    learning = learner.module.get_submodule(start.layer)
    for parameter in learning.parameters():
        parameter.requires_grad = True
    return replace(learner, learning=learning)


def given(start: Start, encoding: Encoding, setting: Setting) -> Learner:
    """Return the learner that is all of a network whose weights are given.

    Batch norm keeps its statistics: those of a few new images are worse, and while they change
    the network that learns is not the one that is validated.
    """
    from torch.nn.modules.batchnorm import _BatchNorm

    learner = whole(start, encoding, setting)
    norms = (each for each in learner.module.modules() if isinstance(each, _BatchNorm))
    return replace(learner, still=tuple(norms))


def placed(model: nn.Module, setting: Setting) -> nn.Module:
    """Return the network on its device, with the channels last: convolutions are faster so."""
    import torch

    return model.to(setting.device).to(memory_format=torch.channels_last)


def on_features(learner: Learner, splits: Splits) -> tuple[Learner, Splits] | None:
    """Return the last layer alone and what the trunk says of all images, computed once.

    None where something follows the last layer, which the features would leave out, and where
    they are maps: those of all images may not fit in memory.
    """
    features, outputs = _features(learner, splits.training.inputs[:2])
    if features.ndim > 2:  # noqa: PLR2004 - N x features
        return None
    alone = replace(learner, module=learner.learning, encode=np.asarray)
    answers = _call(alone, features)
    if answers.shape != outputs.shape or not np.allclose(answers, outputs, rtol=1e-4, atol=1e-4):
        return None

    def seen(part: Part) -> Part:
        parts = [
            _features(learner, part.inputs[at : at + BATCH])[0]
            for at in range(0, len(part.inputs), BATCH)
        ]
        return replace(part, inputs=np.concatenate(parts))

    return alone, replace(
        splits, training=seen(splits.training), validation=seen(splits.validation)
    )


def _features(
    learner: Learner, inputs: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the last layer is called with, and the network's outputs."""
    met: list[NDArray[np.float32]] = []
    handle = learner.learning.register_forward_pre_hook(
        lambda _, given: met.append(given[0].cpu().numpy())
    )
    outputs = _call(learner, inputs)
    handle.remove()
    return met[-1], outputs


def _call(learner: Learner, inputs: NDArray[Any]) -> NDArray[np.float32]:
    import torch

    learner.module.eval()
    with torch.inference_mode():
        outputs: NDArray[np.float32] = learner.module(tensor(learner, inputs)).cpu().numpy()
    return outputs


def tensor(learner: Learner, inputs: NDArray[Any]) -> Any:  # noqa: ANN401 - a tensor
    """Return encoded inputs on the learner's device."""
    import torch

    given = torch.from_numpy(learner.encode(inputs)).to(learner.setting.device)
    return given.contiguous(memory_format=torch.channels_last) if given.ndim == 4 else given  # noqa: PLR2004 - N x C x H x W

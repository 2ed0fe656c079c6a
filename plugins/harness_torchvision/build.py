"""A torchvision network, the same whether its weights are pretrained, random or from a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

AUXILIARY = {"googlenet": ("aux1", "aux2"), "inception_v3": ("AuxLogits",)}
"""Classifiers that only training uses."""
DENSE_LAYER = re.compile(r"(denselayer\d+\.(?:norm|conv))\.(\d\.)")
"""The names of DenseNet's layers in the files that torchvision publishes."""


def built(name: str, weights: str, *, pretrained: bool = False) -> nn.Module:
    """Return the network that the weights belong to, without auxiliary classifiers."""
    from torchvision import models

    chosen = models.get_model_weights(name)[weights]
    arguments: dict[str, Any] = {}
    if name in AUXILIARY:
        arguments = {"aux_logits": True, "transform_input": True, "init_weights": False}
    if name.startswith("vit_"):
        arguments = {"image_size": chosen.meta["min_size"][0]}
    model: Any = models.get_model(
        name, weights=chosen if pretrained else None, progress=False, **arguments
    )
    for attribute in AUXILIARY.get(name, ()):
        setattr(model, attribute, None)
    if name in AUXILIARY:
        model.aux_logits = False
    model.register_load_state_dict_pre_hook(_translate)
    network: nn.Module = model
    return network


def _translate(model: nn.Module, state: dict[str, Any], *_: object) -> None:
    """Give the tensors of a published file the names that the network has."""
    parts = tuple(f"{part}." for each in AUXILIARY.values() for part in each)
    own = model.state_dict()
    for name in list(state):
        if name in own:
            continue
        if name.startswith(parts):
            del state[name]
        elif DENSE_LAYER.search(name):
            state[DENSE_LAYER.sub(r"\1\2", name)] = state.pop(name)

"""The network that is trained: a model's own, or with a new last layer for other classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness import ModelError, Parameters, decode
from harness_torch.build import built, described, recipe
from harness_torch.export import answer, inputs
from harness_torch.weights import weighted

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from harness.recipe import Recipe
    from harness.types import Json
    from harness_torch.training.recipe import Strategy
    from harness_torch.training.task import Task

BUILDER = f"{__name__}:headed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A network before its first step."""

    model: nn.Module
    recipe: Recipe
    """What builds it, whatever its weights."""
    layer: str
    """The name of its last layer."""


def start(  # noqa: PLR0913 - each is a choice of its own
    wanted: Recipe,
    folder: Path,
    strategy: Strategy,
    *,
    classes: int,
    same_labels: bool,
    seed: int,
    task: Task,
) -> Start:
    """Return the network of a source's recipe in `folder`, ready to learn so many classes.

    `same_labels` says that the weights' own classes are those of the data: their last layer then
    goes on learning in `finetune`. Raises `ModelError` for what does not answer as the task asks.
    """
    import torch
    from torch import nn

    torch.manual_seed(seed)
    model = built(wanted) if strategy == "scratch" else weighted(wanted, folder)
    known = answers(model, wanted, task)
    layer = last_layer(model, wanted)
    keeps = strategy == "scratch" or (strategy == "finetune" and same_labels)
    if not (keeps and known == classes):
        last = model.get_submodule(layer)
        if isinstance(last, nn.ConvTranspose2d):
            message = (
                f"{described(wanted)}: layer {layer!r}, its last, is a {type(last).__name__}; "
                "only a linear layer or a convolution can be replaced"
            )
            raise ModelError(message)
        model.set_submodule(layer, fresh(last, classes))
    if known != classes:
        wanted = other_head(wanted, layer, classes)
        if answers(model, wanted, task) != classes:
            message = f"{described(wanted)}: layer {layer!r} does not decide the classes"
            raise ModelError(message)
    return Start(model=model, recipe=wanted, layer=layer)


def headed(network: dict[str, Json], layer: str, classes: int) -> nn.Module:
    """Return the network of a recipe with a new last layer, as the recipe of a trained one asks."""
    model = built(recipe(network))
    model.set_submodule(layer, fresh(model.get_submodule(layer), classes))
    return model


def other_head(wanted: Recipe, layer: str, classes: int) -> Recipe:
    """Return the recipe of a network with a layer for so many classes in place of its last."""
    names = ("builder", "arguments", "input_shape")
    network = {name: decode.plain(getattr(wanted, name)) for name in names}
    arguments = {"network": network, "layer": layer, "classes": classes}
    return replace(wanted, builder=BUILDER, arguments=arguments)


def fresh(layer: nn.Module, classes: int) -> nn.Module:
    """Return a layer like the given one, newly initialised, with so many outputs."""
    from torch import nn

    if isinstance(layer, nn.Linear):
        return nn.Linear(layer.in_features, classes, bias=layer.bias is not None)
    convolution: Any = layer
    return nn.Conv2d(
        convolution.in_channels,
        classes,
        convolution.kernel_size,
        convolution.stride,
        convolution.padding,
        convolution.dilation,
        bias=convolution.bias is not None,
    )


def last_layer(model: nn.Module, wanted: Recipe) -> str:
    """Return the name of the linear layer or convolution that a network calls last."""
    from torch import nn

    called: list[str] = []
    handles = [
        module.register_forward_hook(lambda *_, name=name: called.append(name))
        for name, module in model.named_modules()
        if name and isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))
    ]
    answer(model, inputs(wanted.input_shape), wanted)
    for handle in handles:
        handle.remove()
    if not called:
        message = f"{described(wanted)} calls no linear layer or convolution that can be replaced"
        raise ModelError(message)
    return called[-1]


def answers(model: nn.Module, wanted: Recipe, task: Task) -> int:
    """Return how many classes a network tells apart; `ModelError` unless as the task asks."""
    output = answer(model.eval(), inputs(wanted.input_shape), wanted)
    if output.ndim != task.rank:
        message = (
            f"{described(wanted)} answers with shape {output.shape}, not {task.answers} an image"
        )
        raise ModelError(message)
    return int(output.shape[1])


def counted(model: nn.Module) -> Parameters:
    """Return how many parameters a network has."""
    buffers = dict(model.named_buffers())
    learnable = sum(each.numel() for each in model.parameters())
    running = sum(
        buffers[name].numel()
        for name in model.state_dict()
        if name in buffers and buffers[name].is_floating_point()
    )
    return Parameters(stored=learnable + running, learnable=learnable)

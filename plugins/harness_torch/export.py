"""A torch network as PyTorch's exporter writes it, and torch's own answer to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import ModelError
from harness_torch.build import described, first_line, quiet

if TYPE_CHECKING:
    import numpy as np
    import onnx_ir
    import torch
    from numpy.typing import NDArray

    from harness.recipe import Recipe
    from harness.types import Json

OPSET = 20


def exported(model: torch.nn.Module, example: NDArray[Any], wanted: Recipe) -> onnx_ir.Model:
    """Return the exporter's graph, N x C x H x W to its one output, not optimised."""
    import torch

    try:
        with quiet():
            program = torch.onnx.export(
                model,
                (torch.from_numpy(example),),
                dynamo=True,
                optimize=False,
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                input_names=["input"],
                output_names=["output"],
                opset_version=OPSET,
                verbose=False,
            )
    except Exception as reason:
        message = f"{described(wanted)} cannot be exported to ONNX: {first_line(reason)}"
        raise ModelError(message) from reason
    if program is None:
        message = f"{described(wanted)} cannot be exported to ONNX"
        raise ModelError(message)
    return program.model


def counts(graph: onnx_ir.Model, model: torch.nn.Module) -> dict[str, Json]:
    """Return the learnable and the stored parameters among the exporter's float initialisers."""
    import numpy as np

    learnable = {name for name, _ in model.named_parameters()}
    stored = learnable | {
        name for name, buffer in model.named_buffers() if buffer.is_floating_point()
    } & set(model.state_dict())
    sizes = {
        name: int(np.prod(value.shape.numpy()))
        for name, value in graph.graph.initializers.items()
        if name in stored and value.shape is not None
    }
    return {
        "learnable": sum(size for name, size in sizes.items() if name in learnable),
        "stored": sum(sizes.values()),
    }


def inputs(shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return two seeded images in the range that encoded ones have."""
    import numpy as np

    drawn = np.random.default_rng(0).standard_normal((2, *shape), dtype=np.float32)
    return drawn.clip(-2, 2)


def answer(model: torch.nn.Module, batch: NDArray[np.float32], wanted: Recipe) -> NDArray[Any]:
    """Return torch's own outputs; anything but one tensor raises `ModelError`."""
    import torch

    try:
        with quiet(), torch.inference_mode():
            output = model(torch.from_numpy(batch))
    except Exception as reason:
        message = f"{described(wanted)} fails on {batch.shape}: {first_line(reason)}"
        raise ModelError(message) from reason
    if not isinstance(output, torch.Tensor):
        message = f"{described(wanted)} returns a {type(output).__name__}, needed one tensor"
        raise ModelError(message)
    return output.numpy()

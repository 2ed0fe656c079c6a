"""From a torch network with its weights to two ONNX graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import Node, cache
from harness_torch import export, weights
from harness_torch.build import quiet, recipe

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Form

WEIGHTS = "weights.safetensors"
STRUCTURE = "structure.onnx"
MODEL = "model.onnx"
REFERENCE = "reference.npz"
STACK_TRACE = "pkg.torch.onnx.stack_trace"


def to_torch(source: Form, folder: Path) -> Form:
    """Build the network, give it its weights and save those."""
    wanted = recipe(source.details)
    model = weights.weighted(wanted, folder)
    with cache.writable(folder):
        weights.save(model, folder / WEIGHTS)
    details = {
        "builder": wanted.builder,
        "arguments": wanted.arguments,
        "input_shape": list(wanted.input_shape),
    }
    return cache.form(folder, WEIGHTS, Node(format="torch"), details)


def to_structure(source: Form, folder: Path) -> Form:
    """Export the network as it is written, and keep torch's own answer to compare with."""
    import numpy as np
    import onnx_ir
    from onnxscript import optimizer

    wanted = recipe(source.details)
    model = weights.loaded(wanted, folder / source.file)
    example = export.inputs(wanted.input_shape)
    output = export.answer(model, example, wanted)
    graph = export.exported(model, example, wanted)
    details = export.counts(graph, model)
    with quiet():
        optimizer.fold_constants(graph)
        optimizer.remove_unused_nodes(graph)
    for node in graph.graph:
        node.metadata_props.pop(STACK_TRACE, None)  # it names this machine's folders
    graph.metadata_props.update({name: str(count) for name, count in details.items()})
    onnx_ir.save(graph, folder / STRUCTURE)
    np.savez(folder / REFERENCE, input=example, output=output)
    details |= {"reference": REFERENCE}
    return cache.form(folder, STRUCTURE, Node(format="structure"), details)


def to_onnx(source: Form, folder: Path) -> Form:
    """Optimise the graph as `ONNXProgram.optimize()` does."""
    import onnx_ir
    from onnxscript import optimizer

    with quiet():
        graph = optimizer.optimize(onnx_ir.load(folder / source.file))
        onnx_ir.save(graph, folder / MODEL)
    return cache.form(folder, MODEL, Node(format="onnx"), source.details)

"""Copies of an ONNX model that end early, or begin late."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import ModelError
from harness.graph import constants, inference
from harness.graph.model import load
from harness.types import Artefact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import onnx

MOST = 1 << 30
"""Bytes of weights that stand in the file; more stand beside it, for protobuf takes 2 GiB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Whole:
    """A prepared model's graph, and the tensors at which it can be cut."""

    model: onnx.ModelProto
    """With all its weights."""
    image: str
    output: str
    steps: tuple[onnx.NodeProto, ...]
    """What the output depends on, in order of computation; constants are left out."""
    shapes: dict[str, tuple[int, ...]]
    """Of one image, by tensor: the floats made from the image that have the batch first."""
    batch: int | str
    """The length of the first axis, or the name of an open one."""

    def live(self, count: int) -> list[str]:
        """Return the tensors that the first `count` steps made and that are still needed."""
        later = {name for step in self.steps[count:] for name in reads(step)} | {self.output}
        made = (name for step in self.steps[:count] for name in step.output)
        return [name for name in made if name in later and name in self.shapes]


def read(artefact: Artefact, format: str) -> Whole:  # noqa: A002 - the field's own word
    """Return the graph of a form that is ONNX.

    Raises `ModelError` when the file is broken, or shapes cannot be inferred from it.
    """
    from onnx import external_data_helper

    path = artefact.path(format)
    model = load(path)
    external_data_helper.load_external_data_for_model(model, str(path.parent))
    graph = model.graph
    weights = {each.name for each in graph.initializer}
    image = next(each for each in graph.input if each.name not in weights)
    output = artefact.manifest.output or graph.output[0].name
    shapes = _shapes(path, image.name, artefact.manifest.geometry.input_size)
    if output not in shapes:
        message = f"{path}: output {output!r} is not known to be a row of floats for each image"
        raise ModelError(message)
    first = image.type.tensor_type.shape.dim[0]
    return Whole(
        model=model,
        image=image.name,
        output=output,
        steps=tuple(
            node for node in _leading_to([output], [], graph.node) if node.op_type != "Constant"
        ),
        shapes=shapes,
        batch=first.dim_value or first.dim_param or "batch",
    )


def reads(node: onnx.NodeProto) -> Iterator[str]:
    """Yield the tensors that a node reads, those that graphs within it read included."""
    yield from filter(None, node.input)
    for attribute in node.attribute:
        for inner in (attribute.g, *attribute.graphs):
            for each in inner.node:
                yield from reads(each)


def cut(whole: Whole, given: Sequence[str], wanted: Sequence[str]) -> onnx.ModelProto:
    """Return the part of a model that leads from some tensors to others.

    Where several are given, or wanted, they are one input, or output: flattened, side by side.
    """
    from onnx import ModelProto

    graph = whole.model.graph
    nodes = _leading_to(wanted, given, graph.node)
    kept = {name for node in nodes for name in reads(node)}
    source, splitting = _source(whole, given)
    sink, joining = _sink(whole, wanted)
    part = ModelProto(ir_version=whole.model.ir_version, opset_import=whole.model.opset_import)
    part.graph.name = graph.name
    # An old file lists its weights among the inputs.
    weights = [each for each in graph.input if each.name in kept and each.name != whole.image]
    part.graph.input.extend([source, *weights])
    part.graph.output.append(sink)
    part.graph.initializer.extend(each for each in graph.initializer if each.name in kept)
    part.graph.node.extend([*splitting, *nodes, *joining])
    return part


def passing_on(whole: Whole) -> onnx.ModelProto:
    """Return a graph that only hands on the image."""
    from onnx import ModelProto, helper

    image, handed = _declared(whole, whole.image), f"{whole.image}/handed"
    part = ModelProto(ir_version=whole.model.ir_version, opset_import=whole.model.opset_import)
    part.graph.name = whole.model.graph.name
    part.graph.input.append(image)
    part.graph.node.append(helper.make_node("Identity", [whole.image], [handed]))
    part.graph.output.append(image)
    part.graph.output[0].name = handed
    return part


def write(model: onnx.ModelProto, artefact: Artefact, format: str, folder: Path) -> Artefact:  # noqa: A002 - the field's own word
    """Write a copy as a prepared model; in the manifest identity and hash stay the whole's."""
    import onnx

    form = artefact.manifest.forms[format]
    large = sum(each.ByteSize() for each in model.graph.initializer) > MOST
    onnx.save(model, folder / form.file, save_as_external_data=large, location="weights")
    output = model.graph.output[0].name
    manifest = replace(artefact.manifest, forms={format: form}, output=output)
    return Artefact(folder=folder, manifest=manifest)


def _shapes(path: Path, image: str, size: tuple[int, int]) -> dict[str, tuple[int, ...]]:
    """Return the shapes, for one image, of the floats made from it that have the batch first."""
    model = load(path)
    graph = model.graph
    constants.lift(graph)
    constants.integers(graph, path.parent)  # reads in what stands in other files: shapes need it
    constants.drop_large(graph)
    batch, _ = inference.settle(graph, image, size, path)
    shapes, floats = inference.infer(model, path)
    made = {image}
    for node in graph.node:
        if node.op_type not in {"Shape", "Size"} and made.intersection(reads(node)):
            made.update(node.output)
    known = made & floats & shapes.keys()
    return {name: shapes[name][1:] for name in known if shapes[name][:1] == (batch,)}


def _leading_to(
    wanted: Iterable[str], given: Iterable[str], nodes: Sequence[onnx.NodeProto]
) -> list[onnx.NodeProto]:
    """Return the nodes that lead from tensors that are given to those that are wanted."""
    needed, kept = set(wanted), []
    for node in reversed(nodes):
        if needed.difference(given).intersection(node.output):
            kept.append(node)
            needed.update(reads(node))
    return kept[::-1]


def _source(
    whole: Whole, tensors: Sequence[str]
) -> tuple[onnx.ValueInfoProto, list[onnx.NodeProto]]:
    """Return an input, and the nodes that take it apart where it holds several tensors."""
    from onnx import helper

    if len(tensors) == 1:
        return _declared(whole, tensors[0]), []
    nodes = []

    def integers(name: str, *values: int) -> str:
        nodes.append(helper.make_node("Constant", [], [name], value_ints=values))
        return name

    end, axis = 0, integers("given/axis", 1)
    for name in tensors:
        begin, end = end, end + math.prod(whole.shapes[name])
        bounds = integers(f"{name}/begin", begin), integers(f"{name}/end", end), axis
        shape = integers(f"{name}/shape", -1, *whole.shapes[name])
        nodes.append(helper.make_node("Slice", ["given", *bounds], [f"{name}/given"]))
        nodes.append(helper.make_node("Reshape", [f"{name}/given", shape], [name]))
    return _float("given", whole.batch, end), nodes


def _sink(whole: Whole, tensors: Sequence[str]) -> tuple[onnx.ValueInfoProto, list[onnx.NodeProto]]:
    """Return an output, and the nodes that put it together where it holds several tensors."""
    from onnx import helper

    if len(tensors) == 1:
        return _declared(whole, tensors[0]), []
    rows = [f"{name}/wanted" for name in tensors]
    nodes = [
        helper.make_node("Flatten", [name], [row]) for name, row in zip(tensors, rows, strict=True)
    ]
    nodes.append(helper.make_node("Concat", rows, ["wanted"], axis=1))
    length = sum(math.prod(whole.shapes[name]) for name in tensors)
    return _float("wanted", whole.batch, length), nodes


def _declared(whole: Whole, name: str) -> onnx.ValueInfoProto:
    """Return a tensor as an input or output; the image as the file declares it."""
    if name != whole.image:
        return _float(name, whole.batch, *whole.shapes[name])
    image: onnx.ValueInfoProto = next(x for x in whole.model.graph.input if x.name == name)
    return image


def _float(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

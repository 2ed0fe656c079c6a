"""The tensors that an ONNX file keeps in other files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import onnx


def read(path: Path) -> onnx.ModelProto:
    """Return the model without the tensors that it keeps elsewhere."""
    import onnx

    try:
        return onnx.load(path, load_external_data=False)
    except OSError as reason:
        message = f"{path}: cannot be read: {reason.strerror}"
        raise ModelError(message) from reason
    except Exception as reason:
        message = f"{path}: damaged or not ONNX"
        raise ModelError(message) from reason


def files(model: onnx.ModelProto, path: Path) -> list[str]:
    """Return the files that the model refers to, relative to its folder.

    One that lies outside that folder, or does not exist, raises `ModelError`.
    """
    from onnx import external_data_helper

    folder = path.parent.resolve()
    ends: dict[str, int] = {}
    for tensor in tensors(model.graph):
        if external_data_helper.uses_external_data(tensor):
            kept = external_data_helper.ExternalDataInfo(tensor)
            end = (kept.offset or 0) + (kept.length or 0)
            ends[kept.location] = max(end, ends.get(kept.location, 0))
    for location, end in sorted(ends.items()):
        target = (folder / location).resolve()
        if not target.is_relative_to(folder):
            message = f"{path}: refers to tensors in {location!r}, outside its folder; refused"
            raise ModelError(message)
        if not target.is_file():
            message = f"{path}: its tensors are in {location!r}, which does not exist"
            raise ModelError(message)
        if (size := target.stat().st_size) < end:
            message = f"{path}: its tensors take {end} bytes of {location!r}, which holds {size}"
            raise ModelError(message)
    return sorted(ends)


def tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Yield every tensor of a graph and of the graphs within it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in (attribute.g, *attribute.graphs):
                yield from tensors(inner)

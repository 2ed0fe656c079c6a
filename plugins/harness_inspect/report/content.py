"""What text and Markdown both say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_inspect import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness_inspect.explanation import Explained, Findings

KINDS = ("kind", "layers", "parameters", "", "MACs", "", "activations")


def title(found: Findings) -> str:
    """Return what the model is given and gives."""
    outputs = ", ".join(wording.shape(each) for each in found.outputs.values())
    number = found.totals.layers
    counted = f"{number:,} layer{'' if number == 1 else 's'}"
    return f"{found.model}: {wording.shape(found.image_shape)} to {outputs}, {counted}"


def totals(found: Findings) -> Iterator[tuple[str, str]]:
    """Yield the model's totals by name."""
    all_of = found.totals
    yield "parameters", _parameters(found)
    sizes = (f"{wording.memory(size)} in {name}" for name, size in all_of.size_bytes.items())
    yield "size", f"{', '.join(sizes)}; of the stored parameters alone"
    yield "MACs", f"{_both(all_of.macs)}, of convolution and dense layers"
    yield "FLOPs", f"{_both(all_of.flops)}: two a MAC"
    size = wording.memory(all_of.activation_bytes)
    yield "activations", f"{all_of.activations:,} values in all layers' outputs, {size} in fp32"
    depth = ", ".join(f"{number} {name}" for name, number in all_of.depth.items())
    yield "depth", depth


def _both(number: int) -> str:
    """Return a number, and in brackets what it is called for short."""
    whole, short = f"{number:,}", wording.count(number)
    return whole if whole == short else f"{whole} ({short})"


def _parameters(found: Findings) -> str:
    counts = found.totals.parameters
    stored = f"{counts.stored:,} {counts.note or 'stored'}"
    if counts.learnable is None:
        return stored
    statistics = counts.stored - counts.learnable
    running = f" (batch norm's running statistics: {statistics:,})" if statistics else ""
    return f"{counts.learnable:,} learnable, {stored}{running}"


def kinds(layers: Sequence[Explained]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each kind of layer, the most work first."""
    by_kind: dict[str, list[Explained]] = {}
    for layer in layers:
        by_kind.setdefault(layer.kind, []).append(layer)
    groups = sorted(
        by_kind.items(),
        key=lambda each: [sum(layer.macs for layer in each[1]), len(each[1])],
        reverse=True,
    )
    for kind, those in groups:
        yield kind, *_sums(those)
    if len(groups) > 1:
        yield "all", *_sums(layers)


def _sums(layers: Sequence[Explained]) -> tuple[str, ...]:
    parameters = sum(each.parameters for each in layers)
    macs = sum(each.macs for each in layers)
    return (
        f"{len(layers):,}",
        f"{parameters:,}" if parameters else "",
        wording.share(sum(each.share_of_parameters for each in layers)),
        wording.count(macs) if macs else "",
        wording.share(sum(each.share_of_macs for each in layers)),
        wording.memory(sum(each.activation_bytes for each in layers)),
    )


def warnings(found: Findings) -> Iterator[str]:
    """Yield what to beware of, by layer."""
    for layer in found.layers:
        for each in layer.warnings:
            yield f"{layer.label}: {each}"

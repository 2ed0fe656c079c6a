"""PyTorch: from a builder and its weights to ONNX, and a backend that runs it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import Backend, Command, Converter, ModelSource, Node, hookimpl
from harness_torch import backend, convert, trained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import typer

    from harness.catalog import Catalogs


@hookimpl
def harness_backends() -> Iterable[Backend]:
    """Offer `pytorch`."""
    yield Backend(
        name="pytorch",
        summary="PyTorch, eager",
        load=backend.load,
        formats=("torch",),
        devices=frozenset({"cpu", "cuda"}),
        distribution="torch",
        requires=("torch", "safetensors"),
        install="cnn-harness[torch]",
        missing_device=backend.missing_device,
    )


@hookimpl
def harness_converters() -> Iterable[Converter]:
    """Offer the way from a recipe over torch's weights to ONNX."""
    yield Converter(
        name="torch-source-to-torch",
        summary="draw or read the weights once and save them as safetensors",
        source=Node(format="torch-source"),
        target=Node(format="torch"),
        convert=convert.to_torch,
        requires=("torch", "safetensors"),
        install="cnn-harness[torch]",
    )
    yield Converter(
        name="torch-to-structure",
        summary="export the graph as it was written, batch norm kept",
        source=Node(format="torch"),
        target=Node(format="structure"),
        convert=convert.to_structure,
        requires=("torch", "onnxscript", "safetensors"),
        install="cnn-harness[torch]",
    )
    yield Converter(
        name="structure-to-onnx",
        summary="fold batch norm into convolutions and simplify, for engines",
        source=Node(format="structure"),
        target=Node(format="onnx"),
        convert=convert.to_onnx,
        requires=("onnxscript",),
        install="cnn-harness[torch]",
    )


@hookimpl
def harness_model_sources() -> Iterable[ModelSource]:
    """Offer `trained:PATH`."""
    yield ModelSource(
        name="trained",
        summary="a folder that harness train wrote",
        models=lambda: (),
        fingerprint=trained.fingerprint,
        fetch=trained.fetch,
        format="torch-source",
        check=trained.opened,
        requires=("torch", "safetensors"),
        install="cnn-harness[torch]",
    )


@hookimpl
def harness_commands() -> Iterable[Command]:
    """Offer `harness train`."""
    yield Command(
        name="train",
        summary="train a network from scratch, its last layer, or all of it from given weights",
        app=_train,
        requires=("torch", "safetensors"),
        install="cnn-harness[torch]",
    )


def _train(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    from harness_torch.training import command

    return command.train(catalogs)

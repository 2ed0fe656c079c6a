"""The built-in data sets, and the command that fetches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness
from harness_datasets import (
    cifar10,
    cifar100,
    fashion_mnist,
    foolbox,
    garments_and_digits,
    imagefolder,
    imagenet,
    mnist,
    synthetic,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import typer

    from harness.catalog import Catalogs


@harness.hookimpl
def harness_datasets() -> Iterable[harness.Dataset]:
    """Offer the data sets that a package holds, those that a user's folder does, and noise."""
    yield cifar10.dataset()
    yield cifar100.dataset()
    yield fashion_mnist.dataset()
    yield foolbox.cifar()
    yield foolbox.imagenet()
    yield garments_and_digits.dataset()
    yield imagefolder.dataset()
    yield imagenet.dataset()
    yield mnist.dataset()
    yield synthetic.dataset()


@harness.hookimpl
def harness_commands() -> Iterable[harness.Command]:
    """Offer `harness data`."""
    yield harness.Command(name="data", summary="fetch and list data sets", app=_app)


def _app(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    from harness_datasets import command

    return command.app(catalogs)

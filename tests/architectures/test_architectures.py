"""Published architectures, from the source to two engines and the oracle, on drawn weights."""

from __future__ import annotations

import gc
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import LoadOptions, prepare, worker
from harness.oracle import relative_difference
from harness.suite import ModelSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness import Artefact
    from harness.catalog import Catalogs

for package in ("timm", "torchvision", "onnxruntime"):
    pytest.importorskip(package)

AUXILIARY_HEAD = 3_326_696
"""What torchvision's count of inception_v3 includes, and no evaluated graph."""
# timm's counts are published in millions, torchvision's to the last one.
PUBLISHED = {
    "timm:vgg16": 138.36,
    "timm:vgg16_bn": 138.37,
    "timm:vgg19": 143.67,
    "timm:inception_v3": 23.83,
    "timm:inception_v4": 42.68,
    "timm:inception_resnet_v2": 55.84,
    "timm:legacy_xception": 22.86,
    "timm:xception41": 26.97,
    "timm:xception65": 39.92,
    "timm:xception71": 42.34,
    "timm:resnet18": 11.69,
    "timm:resnet34": 21.80,
    "timm:resnet50": 25.56,
    "timm:resnetv2_50": 25.55,
    "timm:resnet101": 44.55,
    "timm:resnet152": 60.19,
    "timm:resnext50_32x4d": 25.03,
    "timm:resnext101_32x8d": 88.79,
    "timm:senet154": 115.09,
    "timm:densenet121": 7.98,
    "timm:densenet201": 20.01,
    "timm:mobilenetv2_100": 3.50,
    "timm:mobilenetv3_large_100": 5.48,
    "timm:mobilenetv3_small_100": 2.54,
    "timm:efficientnet_b0": 5.29,
    "timm:mnasnet_100": 4.38,
    "timm:ghostnet_100": 5.18,
    "timm:nasnetalarge": 88.75,
    "torchvision:alexnet": 61_100_840,
    "torchvision:googlenet": 6_624_904,
    "torchvision:vgg11": 132_863_336,
    "torchvision:shufflenet_v2_x1_0": 2_278_604,
    "torchvision:inception_v3": 27_161_264 - AUXILIARY_HEAD,
    "torchvision:squeezenet1_1": 1_235_496,
}
QUICK = "torchvision:squeezenet1_1"
SLOW = (pytest.mark.slow, pytest.mark.timeout(1200))
CASES = [pytest.param(name, marks=() if name == QUICK else SLOW) for name in PUBLISHED]


@pytest.fixture(scope="module", params=CASES)
def artefact(
    request: pytest.FixtureRequest, tiny: Catalogs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Artefact]:
    """Return an architecture prepared with drawn weights; it is removed after its tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))
        spec = ModelSpec(name=request.param, weights="random", seed=1)
        prepared = prepare.model(spec, tmp_path_factory.getbasetemp(), tiny, oracle="numpy")
    yield prepared
    shutil.rmtree(prepared.folder)


def test_parameters_are_the_published_ones(artefact: Artefact) -> None:
    learnable = artefact.manifest.parameters.learnable
    published = PUBLISHED[artefact.manifest.model]
    assert learnable is not None
    assert published in {learnable, round(learnable / 1e6, 2)}


def test_both_graphs_agree_with_torch(artefact: Artefact) -> None:
    agreement = artefact.manifest.agreement
    assert set(agreement) == {"source ~ structure", "structure ~ onnx"}
    assert max(agreement.values()) <= 1e-5


def test_weights_are_finite_and_normal_numbers(artefact: Artefact) -> None:
    from safetensors.numpy import load_file

    for name, values in load_file(artefact.path("torch")).items():
        if np.issubdtype(values.dtype, np.floating):
            assert np.isfinite(values).all(), name
            assert not ((values != 0) & (np.abs(values) < np.finfo(np.float32).tiny)).any(), name


def test_engines_agree_with_each_other_and_with_the_oracle(
    artefact: Artefact, tiny: Catalogs
) -> None:
    geometry = artefact.manifest.geometry
    drawn = np.random.default_rng(7).standard_normal((2, 3, *geometry.input_size))
    batch = drawn.astype(np.float32).clip(-2, 2)

    def answer(backend: str, format: str, precision: str) -> NDArray[Any]:  # noqa: A002 - the field's own word
        options = LoadOptions(format=format, precision=precision, threads=2)
        loaded = worker.load(tiny.backends[backend], artefact, options)
        assert loaded.actual.fallback == {}
        outputs: NDArray[Any] = loaded.session(batch)
        gc.collect()  # a network may take gigabytes
        return outputs

    oracle = answer("numpy", "structure", "fp64")
    ours = answer("numpy", "onnx", "fp32")
    theirs = answer("onnxruntime", "onnx", "fp32")
    assert relative_difference(ours, theirs) <= 1e-4
    assert relative_difference(ours, oracle) <= 1e-4
    assert relative_difference(theirs, oracle) <= 1e-4
    largest = np.abs(oracle).max()
    assert 1e-2 < largest < 1e3
    assert oracle.std(axis=1).min() > 0.1 * largest, "classes must differ"
    assert np.abs(oracle[0] - oracle[1]).max() > 0.01 * largest, "inputs must differ"

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.graph import analyse
from harness.types import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LENET = """
    c1 = Conv(x, w1, b1)
    a1 = Tanh(c1)
    p1 = AveragePool<kernel_shape=[2,2], strides=[2,2]>(a1)
    c2 = Conv(p1, w2, b2)
    a2 = Tanh(c2)
    p2 = AveragePool<kernel_shape=[2,2], strides=[2,2]>(a2)
    f = Flatten(p2)
    d1 = Gemm<transB=1>(f, w3, b3)
    d2 = Gemm<transB=1>(d1, w4, b4)
    y = Gemm<transB=1>(d2, w5, b5)
"""
LENET_WEIGHTS = {
    "w1": (6, 1, 5, 5),
    "b1": (6,),
    "w2": (16, 6, 5, 5),
    "b2": (16,),
    "w3": (120, 400),
    "b3": (120,),
    "w4": (84, 120),
    "b4": (84,),
    "w5": (10, 84),
    "b5": (10,),
}


def test_lenet_has_the_figures_of_the_textbook(onnx_file: Callable[..., Path]) -> None:
    structure = analyse(onnx_file(LENET, "float[N,1,32,32] x", **LENET_WEIGHTS))

    assert structure.parameters.stored == 61_706
    assert structure.macs == 416_520
    assert structure.depth == {"weighted": 5, "topological": 8}  # input, 2 + 2, 3 dense
    assert structure.image == "x"
    assert structure.image_shape == (None, 1, 32, 32)
    assert {layer.name: layer.macs for layer in structure.layers if layer.macs} == {
        "c1": 117_600,
        "c2": 240_000,
        "d1": 48_000,
        "d2": 10_080,
        "y": 840,
    }
    assert {layer.name: layer.parameters for layer in structure.layers if layer.parameters} == {
        "c1": 156,
        "c2": 2_416,
        "d1": 48_120,
        "d2": 10_164,
        "y": 850,
    }
    assert [layer.shape for layer in structure.layers[:7]] == [
        (None, 6, 28, 28),
        (None, 6, 28, 28),
        (None, 6, 14, 14),
        (None, 16, 10, 10),
        (None, 16, 10, 10),
        (None, 16, 5, 5),
        (None, 400),
    ]


def test_a_layer_says_what_it_reads_and_how_it_slides(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        """c = Conv<strides=[2,1], pads=[1,0,2,3], dilations=[2,1], group=3>(x, w, b)
           y = Relu(c)""",
        w=(6, 1, 3, 5),
        b=(6,),
    )

    convolution, activation = analyse(path).layers

    assert convolution.kind == "convolution"
    assert convolution.inputs == ("x",)
    assert convolution.input_shapes == ((None, 3, 32, 32),)
    # (32 + 1 + 2 - (2 * 2 + 1)) / 2 + 1 rows, 32 + 0 + 3 - 5 + 1 columns
    assert convolution.shape == (None, 6, 16, 31)
    assert (convolution.kernel, convolution.stride) == ((3, 5), (2, 1))
    assert (convolution.pads, convolution.dilation) == (((1, 2), (0, 3)), (2, 1))
    assert convolution.groups == 3
    assert convolution.weights == {"w": (6, 1, 3, 5), "b": (6,)}
    assert convolution.parameters == 6 * 15 + 6
    assert convolution.macs == 6 * 16 * 31 * 15
    assert activation.kind == "activation"
    assert activation.inputs == ("c",)
    assert (activation.kernel, activation.parameters, activation.macs) == ((), 0, 0)


def test_same_padding_is_resolved(onnx_file: Callable[..., Path]) -> None:
    body = 'y = Conv<strides=[2,2], auto_pad="{}">(x, w)'

    upper = analyse(onnx_file(body.format("SAME_UPPER"), w=(4, 3, 3, 3))).layers[0]
    lower = analyse(onnx_file(body.format("SAME_LOWER"), w=(4, 3, 3, 3))).layers[0]

    assert upper.shape == lower.shape == (None, 4, 16, 16)
    assert upper.pads == ((0, 1), (0, 1))
    assert lower.pads == ((1, 0), (1, 0))


@pytest.mark.parametrize(
    ("attributes", "pads"),
    [
        # (32 - 1) * 2 + 3 = 65 positions, of which 64 or 60 stay
        ('auto_pad="SAME_UPPER"', (0, 1)),
        ('auto_pad="SAME_LOWER"', (1, 0)),
        ("output_shape=[64, 64]", (1, 0)),
        ("output_shape=[60, 60]", (3, 2)),
        ("output_shape=[60, 60], output_padding=[1, 1]", (3, 3)),
    ],
)
def test_what_a_transposed_convolution_cuts_off_is_resolved(
    onnx_file: Callable[..., Path], attributes: str, pads: tuple[int, int]
) -> None:
    path = onnx_file(f"y = ConvTranspose<strides=[2,2], {attributes}>(x, w)", w=(3, 5, 3, 3))

    (layer,) = analyse(path).layers

    assert layer.pads == (pads, pads)
    assert layer.output_padding == ((1, 1) if "output_padding" in attributes else ())


def test_a_pool_that_rounds_up_says_so(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file("y = MaxPool<kernel_shape=[3,3], strides=[2,2], ceil_mode=1>(x)")

    (pool,) = analyse(path).layers

    assert pool.ceil_mode
    assert pool.shape == (None, 3, 16, 16)  # 15.5 rounded up; 15 rounded down


@pytest.mark.parametrize("batch", ["N", "1", "4"])
def test_the_batch_changes_nothing(onnx_file: Callable[..., Path], batch: str) -> None:
    weights = {name: shape for name, shape in LENET_WEIGHTS.items() if name != "w1"}
    structure = analyse(onnx_file(LENET, f"float[{batch},1,32,32] x", w1=(6, 1, 5, 5), **weights))

    assert structure.macs == 416_520
    assert structure.layers[0].shape == (None, 6, 28, 28)
    assert structure.layers[-1].shape == (None, 10)


def test_shapes_computed_in_the_graph_are_followed_but_are_no_layers(
    onnx_file: Callable[..., Path],
) -> None:
    path = onnx_file(
        """c = Conv(x, w)
           s = Shape<start=0, end=1>(c)
           rest = Constant<value_ints=[-1]>()
           target = Concat<axis=0>(s, rest)
           y = Reshape(c, target)""",
        w=(4, 3, 1, 1),
    )

    structure = analyse(path)

    assert [layer.name for layer in structure.layers] == ["c", "y"]
    assert structure.layers[-1].shape == (None, 4 * 32 * 32)


def test_the_batch_inside_another_axis_is_divided_out(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        """shape = Constant<value_ints=[-1, 32, 32]>()
           y = Reshape(x, shape)"""
    )

    assert analyse(path).layers[0].shape == (3, 32, 32)


def test_channels_may_come_last(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        "t = Transpose<perm=[0,3,1,2]>(x) y = Conv(t, w)", "float[N,30,40,3] x", w=(4, 3, 3, 3)
    )

    transposed, convolution = analyse(path).layers

    assert transposed.shape == (None, 3, 30, 40)
    assert convolution.shape == (None, 4, 28, 38)
    assert convolution.receptive_field is not None
    assert [field.size for field in convolution.receptive_field] == [3, 3]


def test_a_transposed_convolution_multiplies_per_input_element(
    onnx_file: Callable[..., Path],
) -> None:
    path = onnx_file("y = ConvTranspose<strides=[2,2]>(x, w)", w=(3, 5, 2, 2))

    (layer,) = analyse(path).layers

    assert layer.shape == (None, 5, 64, 64)
    assert layer.macs == 3 * 32 * 32 * 5 * 2 * 2


def test_a_matrix_product_counts_only_with_a_constant(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file("a = MatMul(x, w) b = MatMul(v, a) y = MatMul(a, b)", w=(32, 32), v=(32, 32))

    right, left, neither = analyse(path).layers

    assert right.macs == left.macs == 3 * 32 * 32 * 32
    assert (neither.macs, neither.kind) == (0, "merge")


@pytest.mark.parametrize(
    ("unfused", "expected"),
    [
        (True, Parameters(stored=84, learnable=84)),
        (
            False,
            Parameters(
                stored=84,
                note="stored in this file; "
                "learnable not recoverable: batch norm may have been folded",
            ),
        ),
    ],
)
def test_without_batch_norm_learnable_depends_on_where_the_file_came_from(
    onnx_file: Callable[..., Path], expected: Parameters, *, unfused: bool
) -> None:
    path = onnx_file("y = Conv(x, w, b)", w=(3, 3, 3, 3), b=(3,))

    assert analyse(path, unfused=unfused).parameters == expected


def test_running_statistics_are_stored_but_not_learnt(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        "y = BatchNormalization(x, scale, bias, mean, var)",
        scale=(3,),
        bias=(3,),
        mean=(3,),
        var=(3,),
    )

    structure = analyse(path)

    assert structure.parameters == Parameters(stored=12, learnable=6, note="stored in this file")
    assert structure.layers[0].statistics == ("mean", "var")


def test_a_parameter_that_two_layers_share_counts_once(onnx_file: Callable[..., Path]) -> None:
    structure = analyse(onnx_file("c = Conv(x, w) y = Conv(c, w)", w=(3, 3, 3, 3)))

    assert [layer.parameters for layer in structure.layers] == [81, 81]
    assert structure.parameters.stored == 81


def test_channels_are_counted_by_what_makes_them(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        "c = Conv(x, w, b) n = BatchNormalization(c, scale, bias, mean, var) d = Conv(n, v) "
        "e = Conv(d, v) t = ConvTranspose(e, u) y = BatchNormalization(t, scale, bias, mean, var)",
        w=(5, 3, 3, 3),
        v=(5, 5, 1, 1),
        u=(5, 5, 1, 1),
        **dict.fromkeys(("b", "scale", "bias", "mean", "var"), (5,)),
    )

    assert analyse(path).channels == {"convolved": 15, "biased": 5, "normalised": 5, "scaled": 5}


def test_a_scalar_is_a_constant_and_a_scale_per_channel_a_parameter(
    onnx_file: Callable[..., Path],
) -> None:
    path = onnx_file("a = Mul(x, half) y = Mul(a, gamma)", half=(), gamma=(3, 1, 1))

    assert [layer.parameters for layer in analyse(path).layers] == [0, 3]


def test_quantised_weights_are_counted_where_they_are_read(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        """zero = Constant<value = int8 {0}>()
           step = Constant<value = float {0.1}>()
           stored = QuantizeLinear(w, step, zero)
           weight = DequantizeLinear(stored, step, zero)
           y = Conv(x, weight)""",
        w=(4, 3, 3, 3),
    )

    structure = analyse(path)

    assert [layer.name for layer in structure.layers] == ["y"]
    assert structure.parameters.stored == 108
    assert structure.macs == 4 * 30 * 30 * 27


def test_what_no_output_needs_is_left_out(onnx_file: Callable[..., Path]) -> None:
    structure = analyse(
        onnx_file("dead = Conv(x, w) y = Conv(x, v)", w=(9, 3, 3, 3), v=(4, 3, 1, 1))
    )

    assert [layer.name for layer in structure.layers] == ["y"]
    assert structure.parameters.stored == 12


def test_an_omitted_optional_input_is_not_image_data(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file('a, "" = Dropout(x) dead, "" = Dropout(x) y = Clip(a, "", six)', six=())

    assert [layer.inputs for layer in analyse(path).layers] == [("x",), ("a",)]


def test_an_open_size_is_what_the_caller_states(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file("y = Conv(x, w)", "float[N,3,H,W] x", w=(4, 3, 3, 3))

    assert analyse(path, size=(10, 20)).layers[0].shape == (None, 4, 8, 18)


def test_the_module_that_a_layer_is_comes_from_the_exporter(
    onnx_file: Callable[..., Path],
) -> None:
    import onnx

    path = onnx_file("c = Conv(x, w) y = Relu(c)", w=(4, 3, 3, 3))
    model = onnx.load(path)
    model.graph.node[0].metadata_props.add(
        key="pkg.torch.onnx.name_scopes", value="['', 'layer1', 'layer1.0', 'conv2d']"
    )
    onnx.save(model, path)

    assert [layer.module for layer in analyse(path).layers] == ["layer1.0", ""]


def test_what_the_exporter_filled_in_is_no_parameter(onnx_file: Callable[..., Path]) -> None:
    """Torch's exporter gives each convolution a bias, and notes where its constants came from."""
    import numpy as np
    import onnx
    from onnx import numpy_helper

    path = onnx_file(
        "c = Conv(x, w, zeros) d = Conv(c, w, given) p = PRelu(d, slope) y = Mul(p, scale)",
        w=(3, 3, 3, 3),
        scale=(),
    )
    model = onnx.load(path)
    notes = {
        "w": ("pkg.onnxscript.optimizer.folded_from", "['weight', 'gain']"),
        "zeros": ("pkg.onnxscript.optimizer.folded_from", "['w']"),
        "given": ("pkg.torch.export.graph_signature.InputSpec.kind", "PARAMETER"),
        "slope": ("pkg.onnxscript.optimizer.folded_from", "['p.weight']"),
        "scale": ("pkg.torch.export.graph_signature.InputSpec.kind", "PARAMETER"),
    }
    for name, (key, value) in notes.items():
        if name not in {"w", "scale"}:
            zeros = np.zeros((3, 1, 1) if name == "slope" else 3, np.float32)
            model.graph.initializer.append(numpy_helper.from_array(zeros, name))
        model.graph.value_info.add(name=name).metadata_props.add(key=key, value=value)
    onnx.save(model, path)

    structure = analyse(path)

    weights = [tuple(layer.weights) for layer in structure.layers]
    assert weights == [("w",), ("w", "given"), ("slope",), ("scale",)]
    assert (structure.channels["convolved"], structure.channels["biased"]) == (6, 3)


def test_a_batch_norm_whose_scale_and_shift_the_exporter_made_has_none(
    onnx_file: Callable[..., Path],
) -> None:
    import numpy as np
    import onnx
    from onnx import numpy_helper

    path = onnx_file("y = BatchNormalization(x, ones, zeros, mean, var)", mean=(3,), var=(3,))
    model = onnx.load(path)
    for name in ("ones", "zeros"):
        values = np.full(3, name == "ones", np.float32)
        model.graph.initializer.append(numpy_helper.from_array(values, name))
        model.graph.value_info.add(name=name).metadata_props.add(
            key="pkg.onnxscript.optimizer.folded_from", value="['mean']"
        )
    onnx.save(model, path)

    channels = analyse(path).channels

    assert (channels["normalised"], channels["scaled"]) == (3, 0)


def test_a_scale_cast_to_the_type_of_the_image_is_a_parameter(
    onnx_file: Callable[..., Path],
) -> None:
    path = onnx_file("g = CastLike(gamma, x) y = Mul(x, g)", gamma=(3, 1, 1))

    (layer,) = analyse(path).layers

    assert (layer.kind, layer.parameters) == ("other", 3)

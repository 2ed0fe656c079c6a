from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness_inspect import explanation, source
from harness_inspect.explanation import Field

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness_inspect.explanation import Findings

    Explain = Callable[..., Findings]


def test_totals_add_up(explained: Explain) -> None:
    found = explained(
        """c = Conv(x, w) b = BatchNormalization(c, s1, s2, s3, s4) g = GlobalAveragePool(b)
           f = Flatten(g) y = Gemm(f, d)""",
        w=(4, 3, 3, 3),
        d=(4, 10),
        **{f"s{each}": (4,) for each in range(1, 5)},
    )

    totals = found.totals
    assert (totals.parameters.learnable, totals.parameters.stored) == (108 + 8 + 40, 164)
    assert totals.size_bytes == {"fp32": 656, "fp16": 328, "int8": 164}
    assert (totals.macs, totals.flops) == (97_200 + 40, 2 * 97_240)
    assert totals.activations == 2 * 4 * 900 + 4 + 4 + 10
    assert totals.activation_bytes == 4 * totals.activations
    assert totals.depth == {"weighted": 2, "topological": 5, "nodes": 5}
    assert sum(layer.parameters for layer in found.layers) == totals.parameters.stored
    assert sum(layer.share_of_parameters for layer in found.layers) == pytest.approx(1)
    assert sum(layer.share_of_macs for layer in found.layers) == pytest.approx(1)
    assert [layer.activation_bytes for layer in found.layers] == [14_400, 14_400, 16, 16, 40]


def test_fields_over_all_paths_and_the_smallest(explained: Explain) -> None:
    found = explained(
        """c = Conv<strides=[2,2], pads=[1,1,1,1]>(x, w) d = Conv<pads=[1,1,1,1]>(c, v)
           s = Add(c, d) g = GlobalAveragePool(s) e = Sigmoid(g) m = Mul(s, e)
           y = ConvTranspose<strides=[2,2]>(m, t)""",
        w=(4, 3, 3, 3),
        v=(4, 4, 3, 3),
        t=(4, 4, 2, 2),
    )

    c, d, s, g, _, m, y = found.layers
    assert c.receptive_field == (Field(size=3, jump=2, offset=-1),) * 2
    assert c.field_formula == ("1 + (3 − 1)×1×1 = 3",) * 2  # noqa: RUF001
    assert d.field_formula == ("3 + (3 − 1)×1×2 = 7",) * 2  # noqa: RUF001
    assert s.receptive_field == (Field(size=7, jump=2, offset=-3),) * 2
    assert s.smallest_field == c.receptive_field
    assert (g.receptive_field, g.smallest_field) == (None, None)
    assert (m.receptive_field, m.smallest_field) == (None, c.receptive_field)
    assert y.smallest_field == (Field(size=3, jump=1, offset=-1),) * 2
    assert (d.output_shape, y.field_formula) == ((None, 4, 16, 16), ())


def test_a_second_input_has_no_pixels(explained: Explain) -> None:
    (pool, _) = explained(
        "p = MaxPool<kernel_shape=[2,2]>(z) y = Add(x, p)",
        "float[N,3,8,8] x, float[N,3,9,9] z",
    ).layers

    assert (pool.receptive_field, pool.field_formula) == (None, ())


def test_without_parameters_or_work_nothing_is_divided_by_nothing(explained: Explain) -> None:
    (layer,) = explained("y = Relu(x)").layers

    assert (layer.share_of_parameters, layer.share_of_macs) == (0, 0)


@pytest.mark.parametrize(
    ("modules", "labels"),
    [
        # "block" holds others: what is computed in it is not the block
        (
            ["block.conv", "block.act", "block", "block.act2", "block.act2"],
            ["block.conv", "block.act", "block.add", "d", "y"],
        ),
        # unless it has weights of its own, as a batch norm that holds its activation
        (["bn", "bn.act", "", "bn.drop", ""], ["bn", "bn.act", "c", "bn.drop", "y"]),
    ],
)
def test_a_layer_is_called_after_its_module_where_that_is_its_alone(
    onnx_file: Callable[..., Path], modules: list[str], labels: list[str]
) -> None:
    import onnx

    path = onnx_file(
        "a = Conv(x, w) b = Relu(a) c = Add(a, b) d = Relu(c) y = Relu(d)", w=(4, 3, 1, 1)
    )
    model = onnx.load(path)
    for node, module in zip(model.graph.node, modules, strict=True):
        node.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=f"['', '{module}', 'op']")
    onnx.save(model, path)

    given = source.opened(str(path), None, None, lambda: pytest.fail("unasked"), print)
    found = explanation.explained(given)

    assert [layer.label for layer in found.layers] == labels
    assert found.layers[2].inputs == (labels[0], labels[1])

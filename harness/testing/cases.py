"""ONNX's own cases of one node: what goes in and what has to come out."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import onnx
    from numpy.typing import NDArray
    from onnx.backend.test.case.test_case import TestCase

# fmt: off
CNN_OPERATORS: tuple[str, ...] = (
    "Abs", "Acos", "Acosh", "Add", "AffineGrid", "And", "ArgMax", "ArgMin", "Asin", "Asinh",
    "Atan", "Atanh", "AveragePool", "BatchNormalization", "BitShift", "BitwiseAnd",
    "BitwiseNot", "BitwiseOr", "BitwiseXor", "Cast", "CastLike", "Ceil", "Celu", "Clip",
    "Compress", "Concat", "Constant", "ConstantOfShape", "Conv", "ConvTranspose", "Cos", "Cosh",
    "CumProd", "CumSum", "DepthToSpace", "Div", "Dropout", "Einsum", "Elu", "Equal", "Erf",
    "Exp", "Expand", "EyeLike", "Flatten", "Floor", "Gather", "GatherElements", "GatherND",
    "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "Greater", "GreaterOrEqual",
    "GridSample", "GroupNormalization", "HardSigmoid", "HardSwish", "Hardmax", "Identity",
    "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LayerNormalization", "LeakyRelu", "Less",
    "LessOrEqual", "Log", "LogSoftmax", "LpNormalization", "LpPool", "MatMul", "Max", "MaxPool",
    "MaxUnpool", "Mean", "MeanVarianceNormalization", "Min", "Mish", "Mod", "Mul", "Neg",
    "NonZero", "Not", "OneHot", "Or", "PRelu", "Pad", "Pow", "RMSNormalization", "Range",
    "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax",
    "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape",
    "Resize", "Round", "Scatter", "ScatterElements", "ScatterND", "Selu", "Shape", "Shrink",
    "Sigmoid", "Sign", "Sin", "Sinh", "Size", "Slice", "Softmax", "Softplus", "Softsign",
    "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Swish", "Tan", "Tanh",
    "ThresholdedRelu", "Tile", "TopK", "Transpose", "Trilu", "Unsqueeze", "Upsample", "Where",
    "Xor",
)
# fmt: on
"""Every operator of ai.onnx that an export of a CNN classifier can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCase:
    """A model of one node with tensors of numbers in and out."""

    name: str
    operator: str
    model: onnx.ModelProto
    inputs: tuple[NDArray[Any], ...]
    """In the order of the graph's inputs."""
    outputs: tuple[NDArray[Any], ...]
    rtol: float
    atol: float


def node_cases(operator: str) -> list[NodeCase]:
    """Return the cases of an operator of ai.onnx; seeded, so the same ones every time.

    Left out are those of sequences, optionals and strings, which no image classifier holds, and
    those in which another operator is taken apart.
    """
    from onnx.backend.test.case import node

    name = operator.lower()
    spelt = {each.name.replace("_", ""): each.name for each in pkgutil.iter_modules(node.__path__)}
    module = spelt.get(name) or spelt.get(f"{name}op")
    if module is None:
        return []
    state = np.random.get_state()  # noqa: NPY002 - the cases are drawn from it, seeded
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some overflow on purpose
        importlib.import_module(f"{node.__name__}.{module}")  # which makes its cases
    np.random.set_state(state)  # noqa: NPY002
    made: list[TestCase] = node._NodeTestCases  # noqa: SLF001 - `collect_testcases` makes all of them
    return [found for case in made if (found := _case(case, operator)) is not None]


def _case(case: TestCase, operator: str) -> NodeCase | None:
    model, sets = case.model, case.data_sets
    if model is None or not sets:
        return None
    nodes = [(each.domain, each.op_type) for each in model.graph.node]
    values = [*model.graph.input, *model.graph.output]
    is_alone = nodes == [("", operator)] and "_expanded" not in case.name
    if not is_alone or not all(_holds_numbers(each) for each in values):
        return None
    inputs, outputs = sets[0]
    return NodeCase(
        name=case.name,
        operator=operator,
        model=model,
        inputs=_arrays(inputs),
        outputs=_arrays(outputs),
        rtol=case.rtol,
        atol=case.atol,
    )


def _holds_numbers(value: onnx.ValueInfoProto) -> bool:
    from onnx import TensorProto

    strings = TensorProto.DataType.STRING
    return value.type.HasField("tensor_type") and value.type.tensor_type.elem_type != strings


def _arrays(values: Sequence[Any]) -> tuple[NDArray[Any], ...]:
    from onnx import TensorProto, numpy_helper

    return tuple(
        numpy_helper.to_array(each) if isinstance(each, TensorProto) else np.asarray(each)
        for each in values
    )

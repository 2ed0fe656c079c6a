# ruff: noqa: RUF001 - the signs of arithmetic are what is written
from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import harness_inspect
from harness import graph
from harness.discovery import discover
from harness.errors import HarnessError, ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from harness.catalog import Catalogs

    Invoke = Callable[..., Result]

NET = """
    c = Conv<strides=[2,2], pads=[0,0,1,1]>(x, w, b) r = Relu(c)
    u = ConvTranspose<strides=[2,2]>(r, t) m = Mul(u, u) g = GlobalAveragePool(m)
    f = Flatten(g) y = Gemm(f, d)
"""
WEIGHTS = {"w": (64, 3, 3, 3), "b": (64,), "t": (64, 1024, 3, 3), "d": (1024, 1000)}


@pytest.fixture
def invoke(tiny: Catalogs) -> Invoke:
    (offered,) = harness_inspect.harness_commands()

    def call(*arguments: str, width: int = 80) -> Result:
        runner = CliRunner(env={"COLUMNS": str(width)})
        return runner.invoke(offered.app(lambda: tiny), arguments)

    return call


@pytest.fixture
def net(onnx_file: Callable[..., Path]) -> str:
    return str(onnx_file(NET, **WEIGHTS))


def test_it_is_offered() -> None:
    assert discover().commands.available("inspect").summary


@pytest.mark.parametrize("width", [80, 160])
def test_text_fits_the_terminal(invoke: Invoke, net: str, width: int) -> None:
    result = invoke(net, width=width)

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= width
    table = lines[next(at for at, line in enumerate(lines) if line.startswith("layer ")) + 1 :]
    assert [line[:2] for line in table[:7]] == [f"{name} " for name in "crumgfy"]
    told = " ".join(result.stdout.split())
    assert "1,615,616 stored in this file; learnable not recoverable" in told
    assert "3 weighted, 5 topological, 7 nodes" in told
    assert "3×3 s2 p0+1" in told
    assert "u: checkerboard: along height a kernel of 3 covers a stride of 2 unevenly" in told
    assert ("64 × (3×3×3 + 1) = 1,792" in told) == (width == 160)


def test_one_layer_is_told_in_the_singular(invoke: Invoke, onnx_file: Callable[..., Path]) -> None:
    told = invoke(str(onnx_file("y = Relu(x)")), "--format", "markdown").stdout

    assert told.splitlines()[0].endswith(", 1 layer")


def test_one_layer_alone_is_worked_through(invoke: Invoke, net: str) -> None:
    told = invoke(net, "--layers", "c").stdout

    assert re.sub(r" +", " ", told).splitlines() == [
        "c: convolution (Conv) of x",
        "",
        "input 3×32×32",
        "output 64×16×16",
        "window 3×3, stride 2×2, padding 0 before and 1 after, dilation 1×1,",
        " groups 1",
        "output size (n + 2p − f)/s + 1",
        " height: (32 + 0 + 1 − 3)/2 + 1 = 16",
        " width: (32 + 0 + 1 − 3)/2 + 1 = 16",
        "parameters 64 × (3×3×3 + 1) = 1,792",
        " filters × (kernel × channels / groups + 1)",
        " 0.1 % of 1,615,616 stored",
        "per position 3×3×3 = 27 multiplications, 28 operations with the bias, of one",
        " filter",
        "MACs 3×3×3 × 64 × 16×16 = 442,368",
        " 0.3 % of 152,461,312",
        "FLOPs 2 × 442,368 = 884,736",
        "activation 64×16×16 × 4 bytes = 65,536 bytes",
        "sees 3 pixels, 2 further at each position, from pixel 0",
        " r + (f − 1)×d×jump before: 1 + (3 − 1)×1×1 = 3",
    ]


@pytest.mark.parametrize(
    ("patterns", "labels"),
    [
        (["c"], ["c"]),
        (["convolution"], ["c", "u"]),
        (["ConvTranspose"], ["u"]),
        (["convtranspose", "[fg]"], ["u", "g", "f"]),
        (["*"], ["c", "r", "u", "m", "g", "f", "y"]),
    ],
)
def test_layers_are_chosen_by_name_kind_or_operator(
    invoke: Invoke, net: str, patterns: list[str], labels: list[str]
) -> None:
    options = [word for each in patterns for word in ("--layers", each)]

    found = json.loads(invoke(net, "--format", "json", *options).stdout)

    assert [layer["label"] for layer in found["layers"]] == labels
    assert found["totals"]["layers"] == 7


def test_json_holds_all(invoke: Invoke, net: str) -> None:
    found = json.loads(invoke(net, "--format", "json").stdout)

    assert (found["image"], found["image_shape"]) == ("x", [None, 3, 32, 32])
    assert found["outputs"] == {"y": [None, 1000]}
    assert found["totals"]["parameters"]["stored"] == 1_615_616
    first = found["layers"][0]
    assert first["padding"] == [[0, 1], [0, 1]]
    assert first["receptive_field"] == [{"size": 3, "jump": 2, "offset": 0}] * 2
    assert found["layers"][-1]["receptive_field"] is None


def test_csv_has_a_row_a_layer(invoke: Invoke, net: str) -> None:
    rows = list(csv.DictReader(io.StringIO(invoke(net, "--format", "csv").stdout)))

    assert [row["label"] for row in rows] == ["c", "r", "u", "m", "g", "f", "y"]
    assert (rows[0]["kernel"], rows[0]["padding"], rows[0]["field_jump"]) == (
        "3x3",
        "0+1x0+1",
        "2x2",
    )
    assert (rows[2]["field_size"], rows[2]["field_jump"]) == ("5x5", "1x1")
    assert rows[-1]["field_size"] == "whole image"
    assert sum(int(row["parameters"]) for row in rows) == 1_615_616


def test_markdown(invoke: Invoke, net: str) -> None:
    whole = invoke(net, "--format", "markdown").stdout
    alone = invoke(net, "--format", "markdown", "--layers", "y").stdout

    assert whole.startswith(f"## {net}: 3×32×32 to 1000, 7 layers\n")
    assert "| 64 × (3×3×3 + 1) = 1,792 " in whole
    assert "\n- u: checkerboard: along height" in whole
    assert alone.startswith("## y: dense (Gemm) of f\n")
    assert "| 1,000 × 1,024 = 1,024,000 " in alone
    assert "| the whole image " in alone


def test_a_prepared_model_tells_its_own_counts(invoke: Invoke) -> None:
    result = invoke("tiny:net", "--format", "json")

    assert result.exit_code == 0, result.output
    assert result.stderr == "preparing tiny:net (random weights), unless it is in the cache\n"
    found = json.loads(result.stdout)
    assert found["totals"]["parameters"]["stored"] == 36 + 15
    assert found["totals"]["depth"] == {"weighted": 2, "topological": 4, "nodes": 5}
    larger = json.loads(invoke("tiny:net", "--format", "json", "--input-size", "16x20").stdout)
    assert larger["image_shape"] == [None, 1, 16, 20]
    assert larger["totals"]["macs"] == 36 * 16 * 20 + 12


@pytest.fixture
def stated(onnx_file: Callable[..., Path]) -> Path:
    """Return a file with all that a run must know of it stated beside it."""
    import onnx

    path = onnx_file(
        "c = Conv(x, w) f = Flatten(c) y = Gemm(f, d)",
        "float[N,3,H,W] x",
        w=(2, 3, 3, 3),
        d=(2 * 4 * 6, 10),
    )
    model = onnx.load(path)
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_tensor_value_info("y", 1, ["N", 10]))
    onnx.save(model, path)
    path.with_name("net.onnx.toml").write_text(
        'geometry = {input_size = [6, 8], crop_pct = 1.0}\nactivation = "logits"\n'
        "encoding = {mean = [0.5, 0.5, 0.5], std = [0.5, 0.5, 0.5]}\n"
        'label_space = "cifar10"\n'
    )
    return path


def test_a_file_with_a_sidecar_has_its_size(invoke: Invoke, stated: Path) -> None:
    result = invoke(f"onnx:{stated}", "--format", "json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["image_shape"] == [None, 3, 6, 8]


def test_a_file_alone_needs_a_size_where_it_leaves_it_open(invoke: Invoke, stated: Path) -> None:
    with pytest.raises(ModelError, match="open axes besides the batch; state the input size"):
        raised(invoke, str(stated))

    result = invoke(str(stated), "--input-size", "6x8", "--format", "json")

    assert json.loads(result.stdout)["image_shape"] == [None, 3, 6, 8]


def test_a_size_that_a_prepared_model_does_not_take_names_the_model(
    invoke: Invoke, stated: Path
) -> None:
    with pytest.raises(ModelError) as error:
        raised(invoke, f"onnx:{stated}", "--input-size", "9")

    assert str(error.value).startswith(f"onnx:{stated}: shapes cannot be inferred at this input")


def raised(invoke: Invoke, *arguments: str) -> None:
    result = invoke(*arguments)
    assert isinstance(result.exception, HarnessError), result.output
    assert result.stdout == ""
    assert "\n" not in str(result.exception)
    raise result.exception


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{net}", "--layers", "cnov"], r"fits 'cnov'; did you mean 'Conv'"),
        (
            ["{net}", "--layers", "nothing"],
            "its kinds: convolution, activation, other, pool, dense",
        ),
        (["{net}", "--input-size", "6x"], r"--input-size '6x': say HxW in pixels"),
        (["{net}", "--input-size", "0"], r"--input-size '0': say HxW in pixels"),
        (["resnet50"], "model 'resnet50': say scheme:name"),
        (["tiny:nut"], "no tiny model named 'nut'"),
        (["tinny:net"], "no model source named 'tinny'; did you mean 'tiny'"),
        (["none.onnx"], r"none\.onnx: cannot be read: No such file"),
        (["onnx:none.onnx"], r"none\.onnx: cannot be read: No such file"),
        (["onnx:"], "^model 'onnx:': name an ONNX file, as in onnx:net.onnx$"),
        (["onnx:/"], "^model 'onnx:/': name an ONNX file"),
        (["onnx:~nobody-here/x.onnx"], "^~nobody-here/x.onnx: there is no such home folder; "),
    ],
)
def test_mistakes_are_one_line(
    invoke: Invoke, net: str, arguments: list[str], message: str
) -> None:
    with pytest.raises(HarnessError, match=message):
        raised(invoke, *(each.format(net=net) for each in arguments))


def test_a_file_that_is_no_model(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a model")

    with pytest.raises(ModelError, match="not an ONNX model"):
        raised(invoke, str(path))


def test_an_unknown_pattern_is_a_usage_error(invoke: Invoke, net: str) -> None:
    with pytest.raises(UsageError):
        raised(invoke, net, "--layers", "nothing")


def test_a_depth_that_is_known_is_not_looked_for_again(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: object) -> int:
        raise AssertionError

    monkeypatch.setattr(graph, "longest_path", never)
    assert (
        json.loads(invoke("tiny:net", "--format", "json").stdout)["totals"]["depth"]["nodes"] == 5
    )

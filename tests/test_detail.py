from __future__ import annotations

from harness import detail
from harness.types import Actual, Case, Contender, Job, Kind, Measurement, Record


def record(kind: Kind = "speed", backend: str = "numpy", batch: int | None = 8) -> Record:
    return Record(
        schema=1,
        run_id="run",
        group_run_id="group",
        job=Job(
            kind=kind,
            key=f"{backend}{kind}{batch}",
            case=Case(
                model="zoo:lenet5",
                weights="pretrained",
                artefact="abc",
                subset=None,
                device="cpu",
                precision="fp32",
                batch_size=batch,
            ),
            contender=Contender(backend=backend, version="1"),
        ),
        status="ok",
        actual=Actual(device="cpu", provider="x", precision="fp32", threads=2),
        measurements=(
            Measurement(
                name="latency", unit="ns", value=1234567.25, low=1.0, high=2.5, n=70, label="stable"
            ),
            Measurement(name="p90", unit="ns", reason="needs 64 samples"),
        ),
        details={"round_medians": [float(each) + 0.5 for each in range(100)], "nothing": {}},
    )


RECORDS = [
    record("speed", "numpy", 1),
    record("speed", "numpy", 8),
    record("accuracy", "onnxruntime", None),
]


def test_words_pick_records() -> None:
    assert detail.matching(RECORDS, []) == RECORDS
    assert detail.matching(RECORDS, ["speed", "@8"]) == [RECORDS[1]]
    assert detail.matching(RECORDS, ["onnx", "accuracy"]) == [RECORDS[2]]
    assert detail.matching(RECORDS, ["numpyspeed1"]) == [RECORDS[0]]
    assert detail.matching(RECORDS, ["lenet5", "ok", "fp32"]) == RECORDS
    assert detail.matching(RECORDS, ["speed", "onnxruntime"]) == []


def test_a_record_is_told_in_full() -> None:
    lines = detail.full(RECORDS[1]).splitlines()
    assert lines[0] == "speed · zoo:lenet5 · numpy · cpu · fp32 · @8"
    assert "  threads: 2" in lines
    assert "  latency: 1.23457e+06 ns, [1.0, 2.5], n 70, stable" in lines
    assert "  p90: none, needs 64 samples" in lines
    told = " ".join(lines)
    assert all(f" {each}.5" in told for each in range(100))
    assert max(map(len, lines)) <= detail.WIDTH
    assert "nothing" not in told


def test_a_record_of_a_model_alone_names_no_backend() -> None:
    assert detail.described(record("static", "", None)) == "static · zoo:lenet5 · cpu · fp32"

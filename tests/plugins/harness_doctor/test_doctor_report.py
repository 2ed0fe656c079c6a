from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from harness_doctor import report
from harness_doctor.ceilings import Ceiling
from harness_doctor.checks import Check
from harness_doctor.noise import Noise

FINDINGS = report.Findings(
    machine="vm-1",
    cpu="A CPU [fast]",
    cores=2,
    matrix_product=Ceiling(best=400e9, median=300e9, times=10, how="float32, 1,280 rows"),
    memory=Ceiling(best=42.7e9, median=42.7e9, times=140, how="a = b + c, 3 arrays of 128 MiB"),
    gpu=None,
    noise=Noise(
        work_ns=490_000,
        repetitions=5_880,
        iqr=0.037,
        p99=1.11,
        worst=40.0,
        label="stable",
        resolution_ns=30,
        sleep_ns=20_100_000,
        sleep_worst_ns=20_900_000,
    ),
    checks=[
        Check(what="power", found="battery", verdict="spoils", do="plug it in"),
        Check(what="variables", found="LD_PRELOAD [x]", verdict="ok", do=""),
    ],
    hidden=["heat"],
)


def lines(found: report.Findings) -> list[str]:
    console = Console(width=90, no_color=True)
    with console.capture() as capture:
        console.print(report.text(found))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_person_reads_ceilings_noise_and_checks() -> None:
    assert (
        "\n".join(lines(FINDINGS))
        == """\
vm-1: A CPU [fast], 2 cores

Ceilings
  matrix product  400.0 GFLOP/s  the best of 10, the median 75.0 % of it; float32, 1,280
                                 rows
  memory          42.7 GB/s      the best of 140, the median 100.0 % of it; a = b + c, 3
                                 arrays of 128 MiB

Noise now
  fixed work        0.49 ms  stable: IQR 3.7 %, p99 1.11 times, at worst 40.00 times the
                             median; 5,880 times on one core
  clock             30 ns    its smallest step
  a sleep of 20 ms  20.1 ms  the median; at worst 20.9 ms

What spoils figures here
  spoils  power      battery
                     plug it in
  ok      variables  LD_PRELOAD [x]
          heat       not shown by this machine"""
    )


def test_a_gpu_has_a_line_for_each_precision_or_says_why_not() -> None:
    one = Ceiling(best=60e12, median=57e12, times=10, how="8,192 rows")
    told = "\n".join(lines(replace(FINDINGS, gpu={"fp32": one})))
    assert "  GPU fp32        60,000.0 GFLOP/s  the best of 10, the median 95.0 % of it" in told
    assert "  GPU             not measured   no driver" in lines(replace(FINDINGS, gpu="no driver"))


def test_a_tail_that_is_not_known_is_left_out() -> None:
    told = "\n".join(lines(replace(FINDINGS, noise=replace(FINDINGS.noise, p99=None))))
    assert "stable: IQR 3.7 %, at worst 40.00 times the median" in told

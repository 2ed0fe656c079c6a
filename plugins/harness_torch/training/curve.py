"""The curve of a training: two tables and a picture."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from harness import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from harness_torch.training.card import Epoch, Plan

STEPS, EPOCHS, PICTURE = "steps.csv", "epochs.csv", "curve.svg"
WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 220, 56, 48, 76
"""Of a panel, and what is around it, in pixels."""
COLOURS = {"training": "#0072b2", "validation": "#d55e00"}
"""Told apart by all eyes."""
TICKS = 5


def write(folder: Path, epochs: Sequence[Epoch], losses: Sequence[float], plan: Plan) -> None:
    """Write the loss of each step, the scores of each epoch, and their picture."""
    per_epoch = len(losses) // len(epochs)
    steps = [
        (number, (number - 1) // per_epoch + 1, f"{loss:.6g}")
        for number, loss in enumerate(losses, start=1)
    ]
    scores = [
        (
            each.number,
            f"{each.training.loss:.6g}",
            f"{each.training.accuracy:.4f}",
            f"{each.validation.loss:.6g}",
            f"{each.validation.accuracy:.4f}",
            f"{each.seconds:.2f}",
        )
        for each in epochs
    ]
    heads = (
        "epoch",
        "training_loss",
        "training_accuracy",
        "validation_loss",
        "validation_accuracy",
        "seconds",
    )
    _put(folder / STEPS, _table(("step", "epoch", "loss"), steps))
    _put(folder / EPOCHS, _table(heads, scores))
    _put(folder / PICTURE, picture(epochs, f"{plan.model} on {plan.training.dataset}"))


def picture(epochs: Sequence[Epoch], title: str) -> str:
    """Return loss and accuracy over the epochs, as SVG."""
    loss = {
        "training": [each.training.loss for each in epochs],
        "validation": [each.validation.loss for each in epochs],
    }
    accuracy = {
        "training": [each.training.accuracy for each in epochs],
        "validation": [each.validation.accuracy for each in epochs],
    }
    panels = [*_panel("loss", loss, 0), *_panel("accuracy, %", accuracy, WIDTH + GAP)]
    width, height = 2 * WIDTH + GAP + LEFT + 20, HEIGHT + TOP + 44
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
            '<g font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>',
            *panels,
            "</g>",
            "</svg>\n",
        ]
    )


def _panel(name: str, lines: dict[str, list[float]], shift: int) -> Iterable[str]:
    values = [value for line in lines.values() for value in line]
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    count = len(next(iter(lines.values())))
    left, bottom = LEFT + shift, TOP + HEIGHT

    def place(at: int, value: float) -> tuple[float, float]:
        across = at / (count - 1) if count > 1 else 0.5
        return left + across * WIDTH, bottom - (value - low) / spread * HEIGHT

    yield f'<text x="{left}" y="{TOP - 10}">{name}</text>'
    for tick in range(TICKS):
        value = low + spread * tick / (TICKS - 1)
        _, y = place(0, value)
        yield f'<path d="M{left} {y:.1f}h{WIDTH}" stroke="#dddddd"/>'
        yield f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>'
    for at, anchor in ((0, "start"), (count - 1, "end")):
        x, _ = place(at, low)
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="{anchor}">epoch {at + 1}</text>'
    for row, (line, series) in enumerate(lines.items()):
        colour = COLOURS[line]
        points = " ".join(
            "{:.1f},{:.1f}".format(*place(at, each)) for at, each in enumerate(series)
        )
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        x, y = place(count - 1, series[-1])
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        x = left + 120 + 90 * row
        yield f'<text x="{x}" y="{TOP - 10}" fill="{colour}">{line}</text>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return text.getvalue()


def _put(path: Path, text: str) -> None:
    with store.writable(path):
        path.write_text(text, encoding="utf-8")

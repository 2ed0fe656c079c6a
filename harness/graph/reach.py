"""Receptive fields along one axis: which pixels a position sees, and what becomes of that."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Span: TypeAlias = tuple[int, int] | None
"""The first pixel and the one after the last; None for a position that sees none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptiveField:
    """What one axis of a feature map sees of the image, in pixels.

    Position i sees the pixels from `offset + i * jump` on, `size` of them; those outside the
    image are padding. After upsampling positions differ in turn: `spans` holds what the first
    ones see, from where it repeats, shifted; `size` is then the largest of them, `offset` the
    first.
    """

    size: int = 1
    jump: int | Fraction = 1
    offset: int = 0
    spans: tuple[Span, ...] = ()

    def sees(self, position: int) -> Span:
        """Return what a position sees."""
        spans = self.spans or ((self.offset, self.offset + self.size),)
        turn, phase = divmod(position, len(spans))
        return _shifted(spans[phase], int(turn * len(spans) * self.jump))


def read(field: ReceptiveField, taps: Sequence[Sequence[int]], advance: int) -> ReceptiveField:
    """Return the field of what reads positions of `field`.

    Its first positions read those that `taps` names, the next ones the same, `advance` further on,
    and so forth.
    """
    inner = len(field.spans) or 1
    turns = inner // gcd(inner, advance)
    return _field(
        [
            _cover(field.sees(tap + turn * advance) for tap in positions)
            for turn in range(turns)
            for positions in taps
        ],
        Fraction(field.jump) * advance / len(taps),
    )


def union(one: ReceptiveField, other: ReceptiveField) -> ReceptiveField:
    """Return the smallest windows that cover those of both, which have the same jump."""
    return _joined(one, other, _cover)


def smaller(one: ReceptiveField, other: ReceptiveField) -> ReceptiveField:
    """Return the smaller window of each position of two fields of the same jump."""
    return _joined(one, other, lambda spans: min(spans, key=_length))


def _joined(
    one: ReceptiveField, other: ReceptiveField, join: Callable[[Iterable[Span]], Span]
) -> ReceptiveField:
    period = lcm(len(one.spans) or 1, len(other.spans) or 1)
    spans = [join((one.sees(place), other.sees(place))) for place in range(period)]
    return _field(spans, Fraction(one.jump))


def _cover(spans: Iterable[Span]) -> Span:
    seen = [each for each in spans if each]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


def _length(span: Span) -> int:
    return span[1] - span[0] if span else 0


def _field(spans: Sequence[Span], jump: Fraction) -> ReceptiveField:
    """Return the field whose positions see these spans in turn, as short as it can be said."""
    period = next(each for each in range(1, len(spans) + 1) if _repeats(spans, each, jump))
    return ReceptiveField(
        size=max(map(_length, spans)),
        jump=int(jump) if jump.denominator == 1 else jump,
        offset=next((each[0] for each in spans if each), 0),
        spans=tuple(spans[:period]) if period > 1 or spans[0] is None else (),
    )


def _repeats(spans: Sequence[Span], period: int, jump: Fraction) -> bool:
    """Whether the spans go on after a period as they began, shifted."""
    shift = period * jump
    if shift.denominator > 1 or len(spans) % period:
        return False
    pairs = zip(spans, spans[period:], strict=False)
    return all(after == _shifted(before, int(shift)) for before, after in pairs)


def _shifted(span: Span, shift: int) -> Span:
    return span and (span[0] + shift, span[1] + shift)

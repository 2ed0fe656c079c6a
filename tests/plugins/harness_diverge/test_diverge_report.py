from __future__ import annotations

from dataclasses import replace

import pytest

from harness_diverge import report, sentences
from harness_diverge.causes import Cause
from harness_diverge.comparison import Comparison, Row, Score
from harness_diverge.examination import Findings
from harness_diverge.gap import Difference

NONE = Difference(mean=0.0, largest=0.0, images=0)
ALL = Score(same=20, right=18, lost=0, gained=0, p=1.0)
LESS = Score(same=15, right=15, lost=4, gained=1, p=0.375)
PLAIN = Row(stage="", how="", parts=False, step=NONE, chain=NONE, apart=False, alone=ALL)
DECODE = replace(
    PLAIN,
    stage="decode",
    how="theirs.py",
    parts=True,
    step=Difference(mean=21.6, largest=255.0, images=20),
    chain=Difference(mean=21.6, largest=255.0, images=20),
    apart=True,
    alone=LESS,
    cause=Cause(name="A's in the order BGR", mean=0.0, largest=0.0),
)
RESIZE = replace(
    DECODE,
    stage="resize",
    step=Difference(mean=None, largest=None, images=20, sizes="256 x 256 in A, 224 x 224 in B"),
    alone=None,
    impossible="no such size",
    cause=Cause(name="bilinear", mean=0.12, largest=1.0),
)
ENCODE = replace(PLAIN, stage="encode", chain=DECODE.chain, apart=True)
OUTPUTS = replace(PLAIN, stage="outputs", chain=Difference(mean=3e-4, largest=0.42, images=20))
COMPARISON = Comparison(
    images=20, unreadable={}, rows=[DECODE, RESIZE, ENCODE, OUTPUTS], ours=ALL, theirs=LESS
)
FINDINGS = Findings(
    model="m:n", data="d/test, 20 of 20 images", backend="b", allowed=1e-4, found=COMPARISON
)


def test_a_terminal_of_80_columns_shows_table_and_sentences() -> None:
    assert (
        report.text(FINDINGS)
        == """\
m:n on d/test, 20 of 20 images, b; A as published, B: decode, resize by
theirs.py

stage       B's step     until here    right of 20    same of 20
--------  ----------  -------------  -------------  ------------
A                                               18            20
decode      22 (255)       22 (255)             15            15
resize    other size       22 (255)              -             -
encode             =       22 (255)
outputs            =  0.0003 (0.42)
all of B                                        15            15

The chains part at decode first, then at resize; most answers change at decode;
A has 18 of 20 right, B 15.

decode: theirs.py; it is A's in the order BGR; alone it changes 5 of 20 answers
(right ones: 4 lost, 1 won; p 0.38).

resize: theirs.py; it gives another size, 256 x 256 in A, 224 x 224 in B; it is
bilinear but for a level of rounding; alone it cannot stand in A: no such size.

All of B changes 5 of 20 answers (right ones: 4 lost, 1 won; p 0.38).

Top-1: A 90.0 % [69.9, 97.2], B 75.0 % [53.1, 88.8]: -15.0 points. 20 images
cannot show less than 30 points (McNemar: 6 answers, all one way); with the
shares seen here, about 60 would show this one.

Differences are mean (largest): in levels of 255 up to crop, in the model's
units at encode, relative to A's largest at outputs. Right and same: A with that
step of B's alone."""
    )


def test_markdown_has_the_same_as_a_list() -> None:
    lines = report.markdown(FINDINGS).splitlines()
    assert "| decode   |   22 (255) |      22 (255) |            15 |           15 |" in lines
    assert [f"- {each}" for each in sentences.all_of(COMPARISON)] == lines[-6:]


def first(**changes: object) -> str:
    return next(iter(sentences.all_of(replace(COMPARISON, **changes))))  # type: ignore[arg-type]


def test_the_conclusion_says_where_and_at_what_cost() -> None:
    assert first(rows=[DECODE, ENCODE, OUTPUTS]) == (
        "The chains part at decode; A has 18 of 20 right, B 15."
    )
    unknown = Score(same=15)
    assert first(rows=[DECODE, ENCODE, OUTPUTS], theirs=unknown) == (
        "The chains part at decode; 15 of 20 answers are the same."
    )
    assert first(rows=[DECODE, ENCODE, OUTPUTS], theirs=Score(same=1), images=1) == (
        "The chains part at decode; 1 of 1 answer is the same."
    )
    again = replace(ENCODE, parts=True, apart=False)
    assert first(rows=[DECODE, again, OUTPUTS]) == (
        "The chains part at decode first, then at encode; most answers change at decode; "
        "but what the model is given is the same."
    )
    same = replace(OUTPUTS, chain=NONE)
    assert first(rows=[PLAIN, same]) == "The chains agree, bit for bit."
    assert first(rows=[PLAIN, OUTPUTS]) == "The chains agree but for rounding."


def test_what_is_not_known_is_said_once() -> None:
    unknown = Score(same=15)
    row = replace(DECODE, alone=unknown)
    told = list(
        sentences.all_of(replace(COMPARISON, rows=[row, OUTPUTS], ours=unknown, theirs=unknown))
    )
    assert "alone it changes 5 of 20 answers." in told[1]
    assert told[2].startswith("What is right is not known")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("a", "1 image; a: torn."),
        ("ab", "2 images; a: torn; b: torn."),
        ("abcde", "5 images; a: torn; b: torn; c: torn; 2 more."),
    ],
)
def test_unreadable_images_are_counted_and_the_first_have_their_reasons(
    names: str, said: str
) -> None:
    told = list(sentences.all_of(replace(COMPARISON, unreadable=dict.fromkeys(names, "torn"))))
    assert told[-2] == f"Left out, unreadable: {said}"


@pytest.mark.parametrize(
    ("lost", "gained", "images", "said"),
    [
        (0, 0, 20, "20 images cannot show less than 30 points (McNemar: 6 answers, all one way)."),
        (1, 0, 20, "with the shares seen here, about 120 would show this one."),
        (9, 8, 20, "with the shares seen here, about 1,360 would show this one."),
        (50, 49, 99, "with the shares seen here, more than 9,900 would show this one."),
        (6, 0, 20, "20 images show that: it is more than chance explains (McNemar)."),
        (7, 0, 100, "100 images show that: it is more than chance explains (McNemar)."),
        (1, 0, 1, "about 6 would show this one."),
        (0, 0, 1, "1 image can show no difference (McNemar): that takes 6."),
        (1, 1, 5, "5 images can show no difference (McNemar): that takes 6."),
    ],
)
def test_what_so_many_images_can_show_is_told(
    lost: int, gained: int, images: int, said: str
) -> None:
    assert sentences._power(lost, gained, images).endswith(said)

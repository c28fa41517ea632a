"""The colours of curves: the eight of Okabe and Ito, told apart by people with any colour vision.

Source: M. Okabe and K. Ito, "Color Universal Design", 2002. Yellow is left out (it vanishes on white), and
black becomes white on a dark ground.
"""

from __future__ import annotations

from dataclasses import dataclass

# blue, vermilion, bluish green, reddish purple, orange, sky blue, ink
CURVES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
INK_ON_DARK = "#FFFFFF"


def colour(index: int, theme: str = "light") -> str:
    """Choose the colour of the curve at an index; after the last the colours begin again."""
    chosen = CURVES[index % len(CURVES)]
    return INK_ON_DARK if chosen == "#000000" and theme == "dark" else chosen


@dataclass(frozen=True)
class Ground:
    """The colours of everything but the curves: the paper, the ink, and two steps between."""

    paper: str
    ink: str
    soft: str
    faint: str


GROUNDS = {
    "light": Ground(paper="#FFFFFF", ink="#1B1F24", soft="#59636E", faint="#E4E7EB"),
    "dark": Ground(paper="#0D1117", ink="#F0F3F6", soft="#9EA7B3", faint="#262C36"),
}


def towards(colour: str, other: str, share: float) -> str:
    """Mix a share of another colour into one: thin letters need more contrast than a thick line."""
    mixed = (
        round(int(colour[at : at + 2], 16) * (1 - share) + int(other[at : at + 2], 16) * share)
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02X}" for part in mixed)

"""The colours of curves: the eight of Okabe and Ito, told apart by people with any colour vision.

Source: M. Okabe and K. Ito, "Color Universal Design", 2002. Yellow is left out (it vanishes on white), and black
becomes white on a dark ground.
"""

from __future__ import annotations

# blue, vermilion, bluish green, reddish purple, orange, sky blue, ink
CURVES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
INK_ON_DARK = "#FFFFFF"


def colour(index: int, theme: str = "light") -> str:
    """Choose the colour of the curve at an index; after the last the colours begin again."""
    chosen = CURVES[index % len(CURVES)]
    return INK_ON_DARK if chosen == "#000000" and theme == "dark" else chosen

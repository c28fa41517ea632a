"""An array whose rows are all the same ↔ its first row: what a run never changes takes no room on disk or in a pipe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def folded(array: Array) -> Array:
    """Take the first row alone, if all are the same; else the array."""
    same = np.array_equal(array, np.broadcast_to(array[:1], array.shape))
    return array[:1] if same else array


def unfolded(array: Array, shape: tuple[int, int]) -> Array:
    """Give every row of a shape what ``folded`` left; the rows share their place in memory.

    Raises:
        ValueError: if the array is of another shape.
    """
    if array.shape not in (shape, (1, shape[1])):
        raise ValueError(f"{array.shape} is no fold of {shape}")
    return np.broadcast_to(array, shape)

"""A library's scheduler that waits for a metric → what holds it, told of each evaluation as the library tells it."""

from __future__ import annotations

from typing import Any


class Evaluated:
    """Holds a scheduler whose library hands it metrics in a way of its own; who derives from it says how, in ``step``.

    Args:
        live: the library's own.
    """

    fresh_metric = True  # no metric is told twice: an epoch without evaluation has none

    def __init__(self, live: Any) -> None:
        self.live = live

    def state_dict(self) -> dict[str, Any]:
        """Save the library's own state."""
        state: dict[str, Any] = self.live.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Load the library's own state."""
        self.live.load_state_dict(state)

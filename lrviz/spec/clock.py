"""The clock of a run: how many updates it has, and how epochs and tokens lie along them."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from lrviz.frozen import frozen
from lrviz.spec.batches import Batches


@frozen
class Clock:
    """Time in a run. Its atom is one update: one ``optimizer.step()``.

    Args:
        steps: updates in the whole run.
        steps_per_epoch: updates per epoch; None for a run that counts no epochs, or whose epochs differ.
        tokens_per_step: tokens that one update consumes; None where tokens are not counted.
        note: what was assumed or computed to get these numbers, for people.
        accumulate: batches per update (gradient accumulation).
        devices: devices that share each epoch's data.
        scheduler_calls: calls of a scheduler's ``step()`` each time it is due; more than 1 under some launchers.
        batches: how batches make updates, where that is known; else each update takes ``accumulate`` of them.
    """

    steps: int
    steps_per_epoch: int | None = None
    tokens_per_step: int | None = None
    note: str | None = None
    accumulate: int = 1
    devices: int = 1
    scheduler_calls: int = 1
    batches: Batches | None = None

    @property
    def epochs(self) -> Fraction | None:
        """Epochs in the run, exact; the last may be cut short."""
        return None if self.steps_per_epoch is None else Fraction(self.steps, self.steps_per_epoch)

    def period(self, interval: str, frequency: int = 1) -> int:
        """Count the updates from one time that a scheduler is due to the next: about, where epochs differ.

        Raises:
            ValueError: if the interval is an epoch and the run counts none.
        """
        return max(1, round(self._updates_in(interval) * frequency))

    def updates_per_call(self, interval: str, frequency: int = 1) -> Fraction:
        """Count the updates that one call of a scheduler stands for; as ``period``."""
        return self._updates_in(interval) * frequency / self.scheduler_calls

    def update_of(self, call: int, interval: str, frequency: int = 1) -> int:
        """Count the updates done when a scheduler has been called so many times; as ``period``."""
        return ceil(-(-call // self.scheduler_calls) * self._updates_in(interval) * frequency)

    def calls_in(self, updates: int, interval: str, frequency: int = 1) -> int:
        """Count the calls of a scheduler within so many updates; as ``period``."""
        return int(updates // (self._updates_in(interval) * frequency)) * self.scheduler_calls

    @property
    def counts_epochs(self) -> bool:
        """Whether the run has epochs, alike or not."""
        return self.steps_per_epoch is not None or self.batches is not None

    def _updates_in(self, interval: str) -> Fraction:
        if interval == "step":
            return Fraction(1)
        if interval == "batch":
            return 1 / (self.batches.per_update if self.batches else Fraction(self.accumulate))
        if self.steps_per_epoch is not None:
            return Fraction(self.steps_per_epoch)
        if self.batches is None:
            raise ValueError("the run counts no epochs")
        return self.batches.per_epoch / self.batches.per_update

    def constants(self) -> dict[str, float]:
        """Name the run's own numbers, as expressions know them."""
        if self.steps_per_epoch is None:
            return {"steps": float(self.steps)}
        return {
            "steps": float(self.steps),
            "steps_per_epoch": float(self.steps_per_epoch),
            "epochs": self.steps / self.steps_per_epoch,
        }

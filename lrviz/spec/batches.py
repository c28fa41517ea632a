"""How the batches of a run make its updates, where gradients are accumulated."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lrviz.frozen import frozen


@frozen
class Batches:
    """The batches of an epoch, and after which of them an update is made.

    Args:
        per_epoch: batches in an epoch, on each device.
        accumulate: (epoch, batches per update from that epoch on), the first for epoch 0.
        across: whether an accumulation goes on into the next epoch; else an epoch's last batch makes an update.
        last: the run's last batch, which makes an update too; None: it ends with one that does anyway.
    """

    per_epoch: int
    accumulate: tuple[tuple[int, int], ...] = ((0, 1),)
    across: bool = False
    last: int | None = None

    @property
    def regular(self) -> bool:
        """Whether every epoch has as many updates as the others, the last of them with its last batch."""
        if len(self.accumulate) > 1:
            return False
        return not self.across or self.per_epoch % self.accumulate[0][1] == 0

    @property
    def per_update(self) -> Fraction:
        """Batches that an update takes, on average over an epoch of the first kind."""
        wanted = self.accumulate[0][1]
        if self.across:
            return Fraction(wanted)
        return Fraction(self.per_epoch, -(-self.per_epoch // wanted))

    def updates(self, epochs: int) -> int:
        """Count the updates of so many epochs; where accumulation goes across them, the last batch makes one too."""
        if self.across:
            return -(-self.per_epoch * epochs // self.accumulate[0][1])
        return sum(-(-self.per_epoch // self._wanted(epoch)) for epoch in range(epochs))

    def of_updates(self) -> Iterator[int]:
        """Tell the batch of each update in turn, without end: the run's first batch is 1."""
        if self.across:
            wanted, batch = self.accumulate[0][1], 0
            while True:
                batch += wanted
                yield batch if self.last is None else min(batch, self.last)
        epoch = 0
        while True:
            before, wanted = epoch * self.per_epoch, self._wanted(epoch)
            yield from (
                before + min(done, self.per_epoch) for done in range(wanted, self.per_epoch + wanted, wanted)
            )
            epoch += 1

    def _wanted(self, epoch: int) -> int:
        return [count for first, count in self.accumulate if first <= epoch][-1]

"""A version of transformers (``4.44``) → what its Trainer does otherwise than others.

Read in the sources of 4.44, 4.46 to 4.49, 4.51 to 4.53, 4.55, 4.57, 5.0 and 5.23.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lrviz.errors import shown

Version = tuple[int, int]
OLDEST: Version = (4, 44)
NEWEST: Version = (5, 23)
LAST_OF_MAJOR = {4: 57, 5: NEWEST[1]}  # what 4 and 5 alone mean


@dataclass(frozen=True)
class Rules:
    """What depends on the version.

    Args:
        version: major and minor.
    """

    version: Version = NEWEST

    @property
    def counts_short_updates(self) -> bool:
        """Whether an epoch's short accumulation at its end counts in the total of steps."""
        return self.version >= (4, 52)

    @property
    def carries_batches(self) -> bool:
        """Whether batches left at the end of an epoch wait for the next."""
        return self.version < (4, 46)

    @property
    def zero_steps_is_unset(self) -> bool:
        """Whether ``max_steps: 0`` means that epochs count."""
        return self.version < (4, 49)

    @property
    def has_warmup_ratio(self) -> bool:
        """Whether there is a ``warmup_ratio``."""
        return self.version < (5, 2)

    @property
    def warmup_steps_takes_shares(self) -> bool:
        """Whether ``warmup_steps`` below 1 is a share of the run."""
        return self.version >= (5, 0)

    @property
    def reads_optim_args(self) -> bool:
        """Whether ``optim_args`` reach SGD, Adagrad and RMSprop."""
        return self.version > (5, 0)

    @property
    def simple_wsd(self) -> bool:
        """Whether ``warmup_stable_decay`` is the first one: linear from 0, and all lengths required."""
        return self.version < (4, 49)

    def __str__(self) -> str:
        return "transformers {}.{}".format(*self.version)


def rules_of(told: str | None) -> Rules:
    """Find the rules of a version as people write it: ``4.44``, ``4.44.2``, ``5``.

    Raises:
        ValueError: if it is none, or older than those that are known.
    """
    if told is None:
        return Rules()
    found = re.fullmatch(r"v?(\d{1,3})(?:\.(\d{1,3}))?(?:\..*)?", told.strip())
    if found is None:
        raise ValueError(f"{shown(told)} is no version of transformers; write 4.44, 4.57 or 5.23")
    major = int(found[1])
    version = (major, int(found[2]) if found[2] else LAST_OF_MAJOR.get(major, 0))
    if version < OLDEST:
        raise ValueError(f"the rules of transformers {told} are not known; those of 4.44 and later are")
    return Rules(version)

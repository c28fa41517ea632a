"""A length as written (``30ep``, ``5%``, ``100% - 2ep``) → a whole number of a scheduler's calls."""

from __future__ import annotations

import re
from fractions import Fraction

from lrviz.errors import shown
from lrviz.frozen import frozen
from lrviz.spec.clock import Clock

EXAMPLES = "10, 10ep, 500st or 5%"
# For editors, which read JavaScript's expressions and know nothing of brackets that match; length_of decides.
_TERM = r"(rest|[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?\s*(ep|st|%|[kKMBGT]?tok)?)"
PATTERN = rf"^[-+(\s]*{_TERM}[)\s]*([-+][-+(\s]*{_TERM}[)\s]*)*$"

_PREFIXES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "G": 10**9, "T": 10**12}
_UNITS = {"": "call", "ep": "epoch", "st": "step", "%": "percent", "tok": "token"}
_TOKEN = re.compile(
    r"\s*(?:(?P<close>\))|(?P<sign>[+-]?)\s*(?:(?P<open>\()|(?P<rest>rest\b)"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)\s*(?P<prefix>[kKMBGT]?)(?P<unit>ep|st|%|tok)?))\s*",
    re.ASCII,
)
_LONGEST = 200  # characters; a length is a few words
FARTHEST = 10**15  # calls: far beyond any run, and still exact as a float


@frozen
class Length:
    """A sum of terms, each an amount of a unit.

    Args:
        terms: (amount, unit) pairs; the units are call, epoch, step, percent, token and rest.
        text: the length as it was written.
    """

    terms: tuple[tuple[Fraction, str], ...]
    text: str

    @property
    def bare(self) -> bool:
        """Whether it is torch's own count of calls, with no unit anywhere."""
        return all(unit == "call" for _, unit in self.terms)


def length_of(written: object) -> Length:
    """Read a length.

    Raises:
        ValueError: saying what was found and what to write.
    """
    if isinstance(written, bool) or not isinstance(written, (int, float, str)):
        raise ValueError(f"{shown(written)} is not a length; write {EXAMPLES}")
    if isinstance(written, int):
        if abs(written) > FARTHEST:
            raise ValueError(f"{shown(written)} is longer than any run; write {EXAMPLES}")
        return Length(((Fraction(written), "call"),), str(written))
    if isinstance(written, float):
        if not written.is_integer() or abs(written) > FARTHEST:
            raise ValueError(f"{written!r} is not a whole number of calls; write {EXAMPLES}")
        raise ValueError(f"{written!r} is a float, and torch compares lengths exactly; write {int(written)}")
    return Length(_terms(written), written.strip())


def _terms(text: str) -> tuple[tuple[Fraction, str], ...]:
    refused = ValueError(f"{shown(text)} is not a length; write {EXAMPLES}")
    if not text.strip() or len(text) > _LONGEST:
        raise refused
    terms: list[tuple[Fraction, str]] = []
    signs = [1]  # of the brackets that are open, outermost first
    position, operand = 0, False  # whether an amount has just been read
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise refused
        position = token.end()
        sign = token["sign"]
        if token["close"]:
            if not operand or len(signs) == 1:
                raise refused
            signs.pop()
            continue
        if operand and not sign:
            raise refused
        factor = signs[-1] * (-1 if sign == "-" else 1)
        if token["open"]:
            signs.append(factor)
            operand = False
            continue
        unit, prefix = token["unit"] or "", token["prefix"] or ""
        if prefix and unit != "tok":
            raise refused
        amount = Fraction(1) if token["rest"] else Fraction(token["number"]) * _PREFIXES[prefix]
        terms.append((factor * amount, "rest" if token["rest"] else _UNITS[unit]))
        operand = True
    if not operand or len(signs) > 1:
        raise refused
    return tuple(terms)


@frozen
class Ruler:
    """What a length is measured with: the run's clock, and the calls of the scheduler that it belongs to.

    Args:
        clock: the run's clock.
        per_call: updates that one call of the scheduler stands for.
        start: the update at which the scheduler takes over (0 but for a later phase of a SequentialLR).
    """

    clock: Clock
    per_call: Fraction
    start: int = 0

    def calls(self, length: Length, *, position: bool = False) -> Fraction:
        """Measure a length in calls, exactly.

        Args:
            length: what was written.
            position: whether it is a point of the run: then units count from the run's start, while a bare
                number stays torch's own count, from the scheduler's.

        Raises:
            ValueError: if the run lacks the clock that a unit needs.
        """
        calls = sum((self._term(amount, unit) for amount, unit in length.terms), Fraction(0))
        return calls - self.start / self.per_call if position and not length.bare else calls

    def _term(self, amount: Fraction, unit: str) -> Fraction:
        clock = self.clock
        if unit == "call":
            return amount
        if unit == "step":
            updates = amount
        elif unit == "percent":
            updates = amount * clock.steps / 100
        elif unit == "rest":
            updates = amount * (clock.steps - self.start)
        elif unit == "epoch":
            if clock.steps_per_epoch is None:
                ways = "give run.epochs or run.steps_per_epoch, or write updates (500st)"
                raise ValueError(f"the run counts no epochs; {ways}")
            updates = amount * clock.steps_per_epoch
        else:
            if clock.tokens_per_step is None:
                raise ValueError(
                    "the run counts no tokens; give run.tokens_per_step, or write updates (500st)"
                )
            updates = amount / clock.tokens_per_step
        return updates / self.per_call


def whole(calls: Fraction) -> int:
    """Round to the nearest whole number, halves up; only nothing becomes nothing."""
    rounded = int((calls + Fraction(1, 2)) // 1)
    return rounded or (calls > 0) - (calls < 0)

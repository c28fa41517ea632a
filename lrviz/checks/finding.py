"""What a check finds, as values: a Rule, what it saw (a Hit), and the Finding that a person is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from lrviz.errors import Place, visible
from lrviz.frozen import frozen

if TYPE_CHECKING:
    from lrviz.checks.case import Case

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")  # the least first
Need = Literal["curve", "trace"]


@frozen
class Edit:
    """A change of the YAML that mends what was found, certain enough to be made unasked.

    Args:
        kind: ``set`` the value of a key, ``sort`` a list, or ``remove`` a warm-up that has no length.
        place: the key or the list.
        value: what is set, as YAML; "" otherwise.
    """

    kind: Literal["set", "sort", "remove"]
    place: Place
    value: str = ""


@frozen
class Hit:
    """What a rule saw on one curve.

    Args:
        message: what happens, with the numbers of this curve.
        advice: what to write instead, worked out for this spec.
        place: the argument to blame; where it is not written, the scheduler or the curve.
        update: the update at which it shows on the curve; None where it shows nowhere in particular.
        severity: where it is not the rule's own.
        edit: the remedy, where it is certain.
    """

    message: str
    advice: str
    place: Place
    update: int | None = None
    severity: Severity | None = None
    edit: Edit | None = None


@frozen
class Rule:
    """One known mistake. Its file in ``lrviz/checks/rules`` holds the page that explains it, examples and the check.

    Args:
        code: its number: LR1 and the row of the table in docs/checks.md.
        name: its name; its file's name with underscores.
        severity: how bad it is, unless a Hit says otherwise.
        needs: what it looks at: the curve as written, the trace, or both.
        yields_to: rules that tell more: where one of them fires on the same curve, this one is silent.
        resumed: whether it is about runs that were stopped and resumed. No other rule looks at such a curve: there the
            arguments in force need not be the ones written, and the uninterrupted curve is checked beside it.
    """

    code: str
    name: str
    severity: Severity
    needs: tuple[Need, ...] = ("curve", "trace")
    yields_to: tuple[str, ...] = ()
    resumed: bool = False


@frozen
class Page:
    """A rule's file, read.

    Args:
        rule: the rule.
        text: its page for people, by heading: ``What it does``, ``Why it matters``, ``Use instead``, ``Sources``.
        bad: a spec on which it fires.
        good: the spec mended, on which nothing fires.
        check: finds what there is to find in a case.
    """

    rule: Rule
    text: dict[str, str]
    bad: str
    good: str
    check: Callable[[Case], Iterable[Hit]] = field(compare=False)


@frozen
class Finding:
    """A schedule that is legal, but looks like a mistake.

    Args:
        code, name: the rule's.
        severity: ``info``, ``warning`` or ``error``.
        curve: the curve's name.
        message: what happens, with the curve's numbers.
        why: why it matters.
        advice: what to write instead.
        place: where the mistake stands.
        update: the update at which it shows; None where it shows nowhere in particular.
        line: the line of the spec that ``place`` points at; None where there is none.
        edit: the remedy, where it is certain enough for ``--fix``.
    """

    code: str
    name: str
    severity: Severity
    curve: str
    message: str
    why: str
    advice: str
    place: Place
    update: int | None = None
    line: str | None = None
    edit: Edit | None = None

    def __str__(self) -> str:
        where = self.place.file
        if self.place.line is not None:
            where = f"{where}:{self.place.line}:{self.place.column}"
        return visible(f"{where} {self.code} {self.name} [{self.severity}] {self.curve}: {self.message}")

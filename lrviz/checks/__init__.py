"""Known mistakes with learning-rate schedules, each a rule in a file of its own, found on what was simulated.

A rule is one line in RULES and one file in ``rules/``, named after it, with its page as docstring (see ``pages``), a
spec on which it fires (BAD), one on which nothing does (GOOD), and ``check(case)``, which yields Hits. A rule computes
nothing about learning rates: it reads them off the trace, or has a changed curve simulated (``case.again``).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from lrviz.checks.finding import Page, Rule
from lrviz.checks.pages import sections
from lrviz.errors import suggestion

MIXUPS = ("steps-per-epoch-mixup", "grad-accum-mixup", "num-processes-mixup")
# What tells more than the rule that yields to it.
_OF_HORIZON = (*MIXUPS, "lr-rebounds", "onecycle-overrun", "sequential-milestones", "invalid-period")
_OF_CYCLES = ("group-lrs-flattened", "chained-closed-form", "stale-initial-lr")
_OF_CHAINS = ("lr-rebounds", "floor-above-lr", "chained-closed-form")

_ALL = (
    Rule("LR100", "unused-ignore", "warning", ()),
    Rule("LR101", "horizon-mismatch", "warning", yields_to=_OF_HORIZON),
    Rule("LR102", "lr-rebounds", "error", yields_to=(*MIXUPS, "stale-initial-lr")),
    Rule("LR115", "chained-closed-form", "error"),
    Rule("LR116", "sequential-nested", "error", needs=("curve",)),
    Rule("LR118", "optimizer-lr-ignored", "warning", yields_to=_OF_CYCLES),
    Rule("LR119", "group-lrs-flattened", "error"),
    Rule("LR120", "floor-above-lr", "error"),
    Rule("LR126", "sequential-milestones", "error"),
    Rule("LR127", "sequential-relative-milestones", "info"),
    Rule("LR129", "multistep-milestones", "warning"),
    Rule("LR133", "momentum-hijacked", "warning"),
    Rule("LR134", "stale-initial-lr", "error", yields_to=("chained-closed-form",)),
    Rule("LR135", "invalid-period", "error", needs=("curve",)),
    Rule("LR136", "onecycle-degenerate", "error", needs=("curve",)),
    Rule("LR137", "onecycle-three-phase", "warning"),
    Rule("LR138", "onecycle-final-lr", "info"),
    Rule("LR142", "multiplicative-as-lambda", "warning"),
    Rule("LR143", "sequential-multiplicative", "warning", yields_to=("multiplicative-as-lambda",)),
    Rule("LR146", "chained-eta-min", "info", yields_to=_OF_CHAINS),
)
RULES = {rule.name: rule for rule in _ALL}


def find(word: str) -> Rule | None:
    """Find a rule by its name or its code, in any case."""
    wanted = word.strip().lower().replace("_", "-")
    return next((rule for rule in _ALL if wanted in (rule.name, rule.code.lower())), None)


def suggested(word: str) -> str:
    """Say which rule was probably meant."""
    close = suggestion(word, [name for rule in _ALL for name in (rule.name, rule.code)])
    return close if close.startswith("did you mean") else "lrviz check --list shows them"


@cache
def page(rule: Rule) -> Page:
    """Read a rule's file."""
    module = import_module(f"lrviz.checks.rules.{rule.name.replace('-', '_')}")
    return Page(rule, sections(module.__doc__ or ""), module.BAD, module.GOOD, module.check)

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

_ALL = (
    Rule("LR100", "unused-ignore", "warning", ()),
    Rule("LR101", "horizon-mismatch", "warning", yields_to=(*MIXUPS, "lr-rebounds", "onecycle-overrun")),
    Rule("LR102", "lr-rebounds", "error", yields_to=MIXUPS),
    Rule("LR110", "resume-config-ignored", "error", ("curve",), resumed=True),
    Rule("LR111", "resume-load-order", "error", resumed=True),
    Rule("LR112", "resume-via-last-epoch", "error", resumed=True),
    Rule("LR121", "plateau-inert", "error", yields_to=("floor-above-lr",)),
    Rule("LR122", "plateau-wrong-mode", "error"),
    Rule("LR123", "plateau-per-batch", "error", yields_to=("plateau-wrong-mode",)),
    Rule("LR124", "plateau-overwritten", "error", yields_to=("plateau-inert",)),
    Rule("LR139", "tensor-lr-aliased", "error"),
    Rule("LR140", "tensor-lr-float32", "warning", yields_to=("tensor-lr-aliased",)),
    Rule("LR152", "state-dict-consumed", "info", ("curve",), resumed=True),
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

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
# What tells more than the rules that yield to it: it names the length that is wrong, what was built wrongly, ...
_LENGTHS = (*MIXUPS, "lr-rebounds", "onecycle-overrun")
_BUILT = ("chained-closed-form", "sequential-nested", "sequential-milestones", "stale-initial-lr")
_NOTHING = ("zero-length-phase", "invalid-period")
_PLATEAUS = ("plateau-inert", "plateau-wrong-mode", "plateau-per-batch", "plateau-overwritten")
_MOVED = ("onecycle-degenerate", "horizon-mismatch", "sequential-multiplicative", "multistep-milestones")
_FALLS = ("lr-negative", "multiplicative-as-lambda")
# ... or is what others follow from.
_SYMPTOMS = (*_LENGTHS, *_NOTHING, "horizon-mismatch", "peak-not-reached")
_OF_CYCLES = ("group-lrs-flattened", "chained-closed-form", "stale-initial-lr")
_OF_CHAINS = ("lr-rebounds", "floor-above-lr", "chained-closed-form")

_ALL = (
    Rule("LR100", "unused-ignore", "warning", ()),
    Rule("LR101", "horizon-mismatch", "warning", yields_to=(*_LENGTHS, *_BUILT, *_NOTHING, "lr-zero-tail")),
    Rule(
        "LR102",
        "lr-rebounds",
        "error",
        yields_to=(*MIXUPS, "onecycle-overrun", "lr-negative", "stale-initial-lr"),
    ),
    Rule("LR103", "steps-per-epoch-mixup", "error", ("curve",)),
    Rule("LR104", "grad-accum-mixup", "error", ("curve",), MIXUPS[:1]),
    Rule("LR105", "num-processes-mixup", "error", ("curve",), MIXUPS[:2]),
    Rule(
        "LR106",
        "lr-zero-tail",
        "warning",
        ("trace",),
        (*_LENGTHS, *_BUILT, *_NOTHING, "lr-negative", "lr-vanishes"),
    ),
    Rule(
        "LR107",
        "peak-not-reached",
        "warning",
        yields_to=(*_LENGTHS, *_BUILT, *_NOTHING, *_MOVED),
    ),
    Rule("LR108", "zero-length-phase", "error", ("curve",)),
    Rule("LR110", "resume-config-ignored", "error", ("curve",), resumed=True),
    Rule("LR111", "resume-load-order", "error", resumed=True),
    Rule("LR112", "resume-via-last-epoch", "error", resumed=True),
    Rule("LR113", "lr-negative", "error", ("trace",), (*MIXUPS, "onecycle-overrun")),
    Rule("LR114", "onecycle-overrun", "error", ("curve",), MIXUPS),
    Rule("LR115", "chained-closed-form", "error", yields_to=("plateau-overwritten",)),
    Rule("LR116", "sequential-nested", "error", needs=("curve",)),
    Rule(
        "LR117", "lr-rising-at-end", "warning", yields_to=(*_SYMPTOMS, "floor-above-lr", "onecycle-final-lr")
    ),
    Rule("LR118", "optimizer-lr-ignored", "warning", yields_to=_OF_CYCLES),
    Rule("LR119", "group-lrs-flattened", "error"),
    Rule("LR120", "floor-above-lr", "error"),
    Rule("LR121", "plateau-inert", "error", yields_to=("floor-above-lr",)),
    Rule("LR122", "plateau-wrong-mode", "error"),
    Rule("LR123", "plateau-per-batch", "error", yields_to=("plateau-wrong-mode",)),
    Rule("LR124", "plateau-overwritten", "error", yields_to=("plateau-inert",)),
    Rule("LR125", "lr-jump", "warning", yields_to=(*_LENGTHS, *_BUILT, *_NOTHING)),
    Rule("LR126", "sequential-milestones", "error"),
    Rule("LR127", "sequential-relative-milestones", "info"),
    Rule("LR128", "schedule-flat", "warning", yields_to=(*_SYMPTOMS, *_PLATEAUS, *_BUILT, "floor-above-lr")),
    Rule("LR129", "multistep-milestones", "warning"),
    Rule("LR130", "lr-vanishes", "warning", ("trace",), (*_LENGTHS, *_NOTHING, *_PLATEAUS, *_FALLS)),
    Rule(
        "LR131",
        "lr-oscillates",
        "warning",
        yields_to=(*_SYMPTOMS, *_PLATEAUS, *_BUILT, "floor-above-lr", "lr-jump"),
    ),
    Rule("LR133", "momentum-hijacked", "warning", yields_to=_LENGTHS),
    Rule("LR134", "stale-initial-lr", "error", yields_to=("chained-closed-form",)),
    Rule("LR135", "invalid-period", "error", needs=("curve",)),
    Rule("LR136", "onecycle-degenerate", "error", needs=("curve",)),
    Rule("LR137", "onecycle-three-phase", "warning"),
    Rule("LR138", "onecycle-final-lr", "info"),
    Rule("LR139", "tensor-lr-aliased", "error"),
    Rule("LR140", "tensor-lr-float32", "warning", yields_to=("tensor-lr-aliased",)),
    Rule("LR142", "multiplicative-as-lambda", "warning"),
    Rule("LR143", "sequential-multiplicative", "warning", yields_to=("multiplicative-as-lambda",)),
    Rule("LR144", "cycle-truncated", "warning", yields_to=(*_LENGTHS, "peak-not-reached")),
    Rule("LR145", "lr-zero-start", "info", ("trace",), ("steps-per-epoch-mixup",)),
    Rule("LR146", "chained-eta-min", "info", yields_to=_OF_CHAINS),
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

"""``optim`` and what stands beside it → our ``optimizer:``, with the two groups that Trainer makes."""

from __future__ import annotations

from typing import Any

from lrviz.errors import shown, suggestion
from lrviz.readers.dialects.huggingface.rules import Rules
from lrviz.readers.dialects.huggingface.values import Arguments

ADAM = ("adamw_torch", "adamw_torch_fused")
LIKE_ADAM = (  # other libraries', whose LR is the group's as well
    *("adamw_hf", "adamw_torch_xla", "adamw_torch_npu_fused", "adamw_apex_fused", "adamw_anyprecision"),
    *("adamw_torch_4bit", "adamw_torch_8bit", "ademamix", "adamw_bnb_8bit", "adamw_8bit", "ademamix_8bit"),
    *("lion_8bit", "lion_32bit", "paged_adamw_32bit", "paged_adamw_8bit", "paged_ademamix_32bit"),
    *("paged_ademamix_8bit", "paged_lion_32bit", "paged_lion_8bit", "grokadamw", "stable_adamw"),
)
LIKE_RMSPROP = ("rmsprop_bnb", "rmsprop_bnb_8bit", "rmsprop_bnb_32bit")
LOW_RANK = ("galore_adamw", "galore_adamw_8bit", "galore_adafactor", "apollo_adamw")
OF_TORCH = {"sgd": "SGD", "adagrad": "Adagrad", "rmsprop": "RMSprop"}
TAKES = {  # of optim_args
    "sgd": ("momentum", "dampening", "weight_decay"),
    "adagrad": ("lr_decay", "weight_decay", "eps"),
    "rmsprop": ("momentum", "alpha", "eps", "weight_decay"),
}
FLAGS = {"sgd": "nesterov", "rmsprop": "centered"}
REFUSED = {
    **dict.fromkeys(("lomo", "adalomo"), "it updates while it goes back, with an LR of its own"),
    **dict.fromkeys(
        ("galore_adamw_layerwise", "galore_adamw_8bit_layerwise", "galore_adafactor_layerwise"),
        "each parameter has an optimizer and a scheduler of its own",
    ),
    "apollo_adamw_layerwise": "each parameter has an optimizer and a scheduler of its own",
    **dict.fromkeys(
        ("schedule_free_radam", "schedule_free_adamw", "schedule_free_sgd"),
        "it warms up and averages on its own, so its LR is not the one that is set",
    ),
}
NAMES = (*ADAM, *LIKE_ADAM, "adafactor", *OF_TORCH, *LIKE_RMSPROP, *LOW_RANK, *REFUSED)
DEFAULTS = {"adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8}


def put_optimizer(arguments: Arguments, rules: Rules, default: str = "adamw_torch") -> None:
    """Write the optimizer."""
    draft = arguments.draft
    optim = arguments.text("optim", default)
    if not optim:
        arguments.refuse("optim", f"{shown(optim)} is no optimizer of Trainer; write {default}")
        return
    if arguments.flag("adafactor"):  # the flag of 4.x
        optim = "adafactor"
    if optim in REFUSED or optim not in NAMES:
        why = f"is not supported: {REFUSED[optim]}" if optim in REFUSED else "is no optimizer of Trainer"
        hint = "" if optim in REFUSED else f"; {suggestion(optim, NAMES)}"
        arguments.refuse("optim", f"{optim!r} {why}{hint}")
        return
    put, place = draft.put, arguments.place("optim")
    kind = _class_of(optim)
    put(("optimizer", "type"), kind, place, f"optim: {optim}")
    lr = arguments.number("learning_rate", 5e-5)
    comment = arguments.called("learning_rate") if "learning_rate" in arguments else "its default"
    put(("optimizer", "lr"), lr, arguments.place("learning_rate"), comment)
    if kind == "AdamW" and optim not in ("galore_adamw", "galore_adamw_8bit", "grokadamw"):
        betas = [arguments.number(name, DEFAULTS[name]) for name in ("adam_beta1", "adam_beta2")]
        put(("optimizer", "betas"), betas, arguments.place("adam_beta1"), "adam_beta1, adam_beta2")
        epsilon = arguments.number("adam_epsilon", DEFAULTS["adam_epsilon"])
        put(("optimizer", "eps"), epsilon, arguments.place("adam_epsilon"), "adam_epsilon")
    if optim in TAKES and rules.reads_optim_args:
        for name, value in _optim_args(arguments, optim).items():
            if name != "weight_decay":  # each group has its own
                put(("optimizer", name), value, arguments.place("optim_args"), "optim_args")
    _put_groups(arguments, optim)
    if kind.lower() not in optim.replace("_", "") or optim not in (*ADAM, *OF_TORCH):
        draft.note(f"{optim} is stood in for by torch's {kind}: the LR of its groups is the same")


def _put_groups(arguments: Arguments, optim: str) -> None:
    decay = arguments.number("weight_decay", 0.0)
    place = arguments.place("weight_decay")
    if optim in LOW_RANK:
        names, decays = ("others", "targets"), (0.0, 0.0)
    else:
        names, decays = ("decay", "no decay"), (decay, 0.0)
    groups = [{"name": name, "weight_decay": own} for name, own in zip(names, decays, strict=True)]
    arguments.draft.put(("optimizer", "groups"), groups, place, "as Trainer makes them; weight_decay")


def _class_of(optim: str) -> str:
    if optim in OF_TORCH:
        return OF_TORCH[optim]
    if optim in LIKE_RMSPROP:
        return "RMSprop"
    return "Adafactor" if "adafactor" in optim else "AdamW"


def _optim_args(arguments: Arguments, optim: str) -> dict[str, Any]:
    """Read ``momentum=0.9,nesterov=true``, as Trainer does."""
    text = arguments.text("optim_args", None)
    found: dict[str, Any] = {}
    for part in (text or "").replace(" ", "").split(",") if text else ():
        name, _, value = part.partition("=")
        try:
            if name in TAKES[optim]:
                found[name] = float(value)
            elif name == FLAGS.get(optim):
                found[name] = value.lower() in ("true", "1", "yes")
        except ValueError:
            arguments.refuse("optim_args", f"{part!r} is no hyperparameter; write momentum=0.9")
    return found

"""The optimizer that timm makes by name → one of torch whose LR goes the same way, and the groups timm makes."""

from __future__ import annotations

from typing import Any

from lrviz.errors import Place
from lrviz.readers.dialects.draft import Draft

# torch's own classes, as timm makes them: what it is told (momentum, or betas), and what timm sets besides.
TORCHS: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "sgd": ("SGD", "momentum", {"nesterov": True}),
    "nesterov": ("SGD", "momentum", {"nesterov": True}),
    "momentum": ("SGD", "momentum", {}),
    "adam": ("Adam", "betas", {}),
    "adamw": ("AdamW", "betas", {}),
    "nadam": ("NAdam", "betas", {}),
    "radam": ("RAdam", "betas", {}),
    "radamw": ("RAdam", "betas", {"decoupled_weight_decay": True}),
    "adamax": ("Adamax", "betas", {}),
    "adadelta": ("Adadelta", None, {}),
    "adagrad": ("Adagrad", None, {}),
    "rmsprop": ("RMSprop", "momentum", {"alpha": 0.9}),
}


def put_optimizer(draft: Draft, args: dict[str, Any], lr: tuple[float, Place, str]) -> None:
    """Write the optimizer and its groups.

    Args:
        draft: the spec so far.
        args: train.py's arguments.
        lr: the LR, where it comes from, and how.
    """
    at = draft.config.at
    name = str(args["opt"]).lower().removeprefix("lookahead_")  # which steps the one that follows
    known = TORCHS.get(name)
    kind, told, besides = known or ("AdamW", "betas", {})
    draft.put(("optimizer", "type"), kind, at("opt"), "opt" if known else f"stands for timm's {name}")
    draft.put(("optimizer", "lr"), *lr)
    if known is None:
        draft.note(f"{kind} stands for timm's {name}: the LR does not depend on it")
    if told == "momentum":
        draft.put(("optimizer", "momentum"), args["momentum"], at("momentum"), "momentum")
    if told == "betas" and args["opt_betas"] is not None and known is not None:
        draft.put(("optimizer", "betas"), args["opt_betas"], at("opt_betas"), "opt_betas")
    for key, value in besides.items():
        if key != "nesterov" or args["momentum"]:
            draft.put(("optimizer", key), value, at("opt"), f"timm's {name}")
    if isinstance(args["opt_kwargs"], dict):
        for key in args["opt_kwargs"]:
            if key in ("lr", "layer_decay", "param_group_fn", "relative_step"):
                draft.refuse(
                    at("opt_kwargs"), f"{key} among them would change the LR, and lrviz does not follow it"
                )
    _groups(draft, args)


def _groups(draft: Draft, args: dict[str, Any]) -> None:
    place, decay = draft.config.at("weight_decay"), args["weight_decay"]
    groups = [{"name": "no_decay", "weight_decay": 0.0}, {"name": "decay", "weight_decay": decay}]
    draft.put(("optimizer", "groups"), groups, place, "as timm parts biases and norms from the rest")
    if args["layer_decay"] is not None:
        draft.note(
            f"layer_decay {args['layer_decay']}: these are the groups of the head; the model's layers are not known "
            f"here: each has the LR of the one above it times {args['layer_decay']}"
        )

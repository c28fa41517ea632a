"""The ``optim_wrapper`` of mmengine's Runner → the ``optimizer:`` of a spec, with the LRs of paramwise_cfg."""

from __future__ import annotations

from typing import Any

from lrviz import catalog
from lrviz.errors import shown
from lrviz.readers.dialects.draft import Draft
from lrviz.spec.document import Mapping

# What leaves the LR alone: how gradients are scaled, and which parameters decay.
DECAYS = ("bias_decay_mult", "norm_decay_mult", "dwconv_decay_mult", "flat_decay_mult")
RATES = {"bias_lr_mult": "biases", "dcn_offset_lr_mult": "offsets of deformable convolutions"}
HARMLESS = ("bypass_duplicate",)
WRAPPER = ("optimizer", "type", "accumulative_counts", "clip_grad", "paramwise_cfg", "constructor", "dtype",
           "loss_scale", "opt_level", "loss", "use_fp16_in_bf16", "cache_enabled", "_scope_", "_delete_", "enabled",
           "cast_model_type", "patch_torch_functions", "keep_batchnorm_fp32", "master_weights", "cast_model_outputs",
           "num_losses", "verbosity", "min_loss_scale", "max_loss_scale", "use_fsdp")  # fmt: skip
CONSTRUCTOR = "DefaultOptimWrapperConstructor"


def put_optimizer(draft: Draft, wrapper: Mapping) -> None:
    """Write the optimizer: scaled to the batch size where that is wanted, and parted into groups."""
    found: Mapping = wrapper["optimizer"]
    for key in wrapper:
        if key not in WRAPPER:
            message = f"lrviz knows no {key} of mmengine's optim_wrapper, and it may change the LR"
            draft.refuse(wrapper.at(key), f"{message}; delete it to see the LR without it")
    constructor = wrapper.get("constructor")
    if constructor is not None and str(constructor).rpartition(".")[2] != CONSTRUCTOR:
        own = f"{constructor} gives groups LRs of their own"
        draft.refuse(
            wrapper.at("constructor"), f"{own}, and lrviz does not know them; delete it to see the rest"
        )
    name = str(found.get("type")).rpartition(".")[2]
    entry = catalog.find(name, catalog.optimizers())
    ratio, why = _ratio(draft)
    lr = found.get("lr", entry.default_lr if entry else None)
    if isinstance(lr, bool) or not isinstance(lr, (int, float)):
        draft.refuse(found.at("lr"), f"{shown(lr)} is no LR; write lr: 0.01")
        return
    base = "lr" if "lr" in found else f"{name}'s default"
    if entry is None:
        draft.note(f"AdamW stands for {name}: the LR does not depend on it")
        draft.put(("optimizer", "type"), "AdamW", found.at("type"), f"stands for {name}")
    else:
        draft.put(("optimizer", "type"), name, found.at("type"), "type")
    draft.put(("optimizer", "lr"), lr * ratio if why else lr, found.at("lr"), f"{base}{why}")
    for key in found if entry is not None else ():
        if key not in ("type", "lr"):
            draft.put(("optimizer", key), found[key], found.at(key))
    _groups(draft, wrapper, found, lr, ratio if why else None)


def _ratio(draft: Draft) -> tuple[float, str]:
    """Work out what auto_scale_lr does to the LR: it scales it with the batch size."""
    found = draft.config.get("auto_scale_lr")
    if not isinstance(found, Mapping) or not found.get("enable", False):
        return 1.0, ""
    base, loader = found.get("base_batch_size"), draft.config.get("train_dataloader")
    size = loader.get("batch_size") if isinstance(loader, Mapping) else None
    size = size or draft.given.batch_size
    if isinstance(base, bool) or not isinstance(base, (int, float)) or base <= 0:
        draft.refuse(
            found.at("base_batch_size"), f"{shown(base)} is no batch size; write base_batch_size: 16"
        )
        return 1.0, ""
    if draft.given.devices is None:
        draft.note("one process, also for auto_scale_lr; --devices 8 tells of more")
    if not isinstance(size, int):
        draft.ask("batch_size", "the batch size, with which auto_scale_lr scales the LR")
        return 1.0, ""
    real = size * (draft.given.devices or 1)
    return float(real) / float(base), f" * {real} / {base}, auto_scale_lr"


def _groups(draft: Draft, wrapper: Mapping, found: Mapping, lr: float, ratio: float | None) -> None:
    """Write a group for each LR that paramwise_cfg makes; mmengine makes one for each parameter, of these LRs."""
    rules = wrapper.get("paramwise_cfg")
    if not rules:
        return
    at = wrapper.at("paramwise_cfg")
    if not isinstance(rules, Mapping):
        draft.refuse(at, f"{shown(rules)} is no mapping; write paramwise_cfg: {{bias_lr_mult: 2.0}}")
        return
    decay = found.get("weight_decay")
    if not _are_sound(draft, rules):
        return
    custom: Any = rules.get("custom_keys") or {}
    for key in rules:
        if key in DECAYS[:3] and decay is None:
            draft.refuse(
                rules.at(key), "mmengine wants weight_decay in the optimizer beside this; write it too"
            )
        if key not in (*DECAYS, *RATES, *HARMLESS, "custom_keys"):
            message = f"{key} may give groups LRs of their own, and lrviz does not know it"
            draft.refuse(rules.at(key), message)
    if decay is not None and not _is_number(decay):
        return  # and the optimizer says so
    rated = [key for key in RATES if rules.get(key) is not None]
    if "lr" not in found and (rated or any("lr_mult" in one for one in custom.values())):
        draft.refuse(found.at("type"), "mmengine wants lr here beside factors of it; write lr: 0.01")
        return

    def scaled(value: float) -> float:
        return value if ratio is None else value * ratio

    groups: list[dict[str, Any]] = [{"name": "others"}]
    for key in rated:
        groups.append({"name": RATES[key], "lr": scaled(lr * rules[key])})
    for key, own in custom.items():
        group: dict[str, Any] = {"name": key, "lr": scaled(own.get("lr", lr * own.get("lr_mult", 1.0)))}
        if decay is not None:
            group["weight_decay"] = own.get("weight_decay", decay * own.get("decay_mult", 1.0))
        groups.append(group)
    draft.put(("optimizer", "groups"), groups, at, "one for each LR; mmengine makes one for each parameter")


def _are_sound(draft: Draft, rules: Mapping) -> bool:
    """Refuse factors that are no numbers, and groups that are no mappings."""
    before = len(draft.problems.found)
    for key in RATES:
        if rules.get(key) is not None and not _is_number(rules[key]):
            draft.refuse(rules.at(key), f"{shown(rules[key])} is no factor; write {key}: 2.0")
    custom = rules.get("custom_keys") or Mapping()
    if not isinstance(custom, Mapping):
        draft.refuse(
            rules.at("custom_keys"), f"{shown(custom)} is no mapping; write {{backbone: {{lr_mult: 0.1}}}}"
        )
        return False
    for name, own in custom.items():
        if not isinstance(own, Mapping):
            draft.refuse(custom.at(name), f"{shown(own)} is no mapping; write {{lr_mult: 0.1}}")
            continue
        for key in ("lr", "lr_mult", "decay_mult", "weight_decay"):
            if key in own and not _is_number(own[key]):
                draft.refuse(own.at(key), f"{shown(own[key])} is no number; write {key}: 0.1")
    return len(draft.problems.found) == before


def _is_number(found: Any) -> bool:
    return isinstance(found, (int, float)) and not isinstance(found, bool)

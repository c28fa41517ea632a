"""Hugging Face ``TrainingArguments``, as YAML or JSON → our language, as transformers.Trainer uses them.

Axolotl's and LLaMA-Factory's files hold the same, under names of their own: see ``axolotl`` and ``llama_factory``.
"""

from __future__ import annotations

from lrviz.errors import Place
from lrviz.readers.dialects.draft import Config, Draft
from lrviz.readers.dialects.huggingface import axolotl, llama_factory
from lrviz.readers.dialects.huggingface.keys import check_keys
from lrviz.readers.dialects.huggingface.lengths import put_run
from lrviz.readers.dialects.huggingface.optimizers import put_optimizer
from lrviz.readers.dialects.huggingface.rules import rules_of
from lrviz.readers.dialects.huggingface.schedule import put_schedule
from lrviz.readers.dialects.huggingface.trainers import check_strategies, tell
from lrviz.readers.dialects.huggingface.values import Arguments, Written, as_pyyaml_reads, is_json
from lrviz.readers.given import Given
from lrviz.spec.document import Mapping

MARKS = (
    *("learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs", "per_device_train_batch_size"),
    *("num_train_epochs", "max_steps", "gradient_accumulation_steps", "warmup_steps", "warmup_ratio"),
    *("output_dir", "optim", "use_cpu", "adam_beta1"),
)
OTHERS = ("run", "schedules", "sched", "trainer", "train_cfg", "param_scheduler")  # which others' have


def matches(document: Mapping) -> bool:
    """Whether a document is TrainingArguments: flat, and with one of the keys that only they have."""
    nested = any(isinstance(document.get(key), Mapping) for key in ("optimizer", "model", "lr_scheduler"))
    foreign = nested or any(key in document for key in OTHERS)
    return not foreign and (any(key in document for key in MARKS) or axolotl.matches(document))


def translate(config: Config, given: Given) -> Draft:
    """Write the config in our own language.

    Raises:
        SpecError: with everything that is wrong with it, or missing.
    """
    document = config.document
    own = next((one for one in (axolotl, llama_factory) if one.matches(document)), None)
    draft = Draft(document, given, own.NAME if own else "Hugging Face TrainingArguments")
    try:
        rules = rules_of(given.trainer)
    except ValueError as error:
        draft.refuse(Place(document.place.file), str(error))
        return draft.finished()
    if own is not None:
        own.write(config, draft, rules)
        return draft.finished()
    values = as_pyyaml_reads(config)
    written = {name: Written(values.get(name, document[name]), document.at(name), name) for name in document}
    arguments = Arguments(draft, _renamed(written), "" if is_json(config) else "PyYAML")
    check_keys(arguments, rules)
    length = put_run(arguments, rules)
    put_optimizer(arguments, rules)
    put_schedule(arguments, rules, length)
    check_strategies(arguments)
    tell(arguments, rules, length)
    return draft.finished()


def _renamed(written: dict[str, Written]) -> dict[str, Written]:
    """Give old names of the same thing their new one as well, as TrainingArguments does."""
    for old, new in (
        ("evaluation_strategy", "eval_strategy"),
        ("per_gpu_train_batch_size", "per_device_train_batch_size"),
    ):
        if written.get(old) is not None and written[old].value is not None:
            written[new] = written[old]
    return written

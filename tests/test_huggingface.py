"""Configs of transformers.Trainer, Axolotl and LLaMA-Factory: what is read of them, asked, noted and refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commanded import Command

import lrviz
from lrviz import pipeline
from lrviz.loading import imported, telling

HF = "output_dir: out\nlearning_rate: 0.001\nper_device_train_batch_size: 8\n"
AXOLOTL = (
    "base_model: some/model\ndatasets: [{path: data.jsonl, type: alpaca}]\nmicro_batch_size: 2\n"
    "gradient_accumulation_steps: 4\nnum_epochs: 3\nlearning_rate: 2e-4\n"
)
FACTORY = (
    "model_name_or_path: some/model\nstage: sft\nfinetuning_type: lora\nlora_rank: 8\ntemplate: llama3\n"
    "dataset: identity\ncutoff_len: 2048\noutput_dir: out\nper_device_train_batch_size: 1\n"
    "gradient_accumulation_steps: 8\nlearning_rate: 1e-4\nnum_train_epochs: 3.0\nlr_scheduler_type: cosine\n"
)


def written(folder: Path, text: str, name: str = "args.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def curve(folder: Path, text: str, name: str = "args.yaml", **told: Any) -> Any:
    """Read a config, and give its one curve."""
    (found,) = lrviz.load(written(folder, text, name), **told)
    return found


def lrs(folder: Path, text: str, **told: Any) -> list[float]:
    pytest.importorskip("transformers")
    spec = lrviz.load(written(folder, text), **told)
    (trace,) = pipeline.simulate(spec, cache=False).values()
    assert (trace.lr == trace.lr[:, :1]).all()  # groups differ in weight decay alone
    return trace.lr[:, 0].tolist()


def refused(folder: Path, text: str, name: str = "args.yaml", **told: Any) -> list[str]:
    file = written(folder, text, name)
    with pytest.raises(lrviz.SpecError) as caught:
        lrviz.load(file, **told)
    return [line.removeprefix(f"{file}:") for line in str(caught.value).splitlines()]


def warmup(found: Any) -> int:
    return dict(found.schedulers[0].arguments)["num_warmup_steps"]


@pytest.mark.parametrize(
    ("keys", "told", "updates"),
    [
        ("num_train_epochs: 2", {"dataset_size": 83}, 22),  # 11 batches
        ("num_train_epochs: 2", {"dataset_size": 83, "devices": 2}, 12),  # 6 each
        ("num_train_epochs: 2\ndataloader_drop_last: true", {"dataset_size": 83, "devices": 2}, 10),
        ("num_train_epochs: 2\ngradient_accumulation_steps: 4", {"dataset_size": 83}, 6),
        ("num_train_epochs: 1.5\ngradient_accumulation_steps: 4", {"dataset_size": 103}, 6),  # ceil(1.5 x 4)
        ("num_train_epochs: 5\ngradient_accumulation_steps: 32", {"dataset_size": 40}, 5),
        ("num_train_epochs: 0.01", {"dataset_size": 83}, 1),
        ("num_train_epochs: 2", {"batches_per_epoch": 7}, 14),
        ("num_train_epochs: 2\nmax_steps: 9", {}, 9),
        ("max_steps: 0", {}, 1),
        (
            "accelerator_config: {split_batches: true}\nnum_train_epochs: 2",
            {"dataset_size": 83, "devices": 2},
            22,
        ),
        # The rules of 4.44: an epoch's short accumulation does not count, and 0 steps are not given.
        ("num_train_epochs: 3\ngradient_accumulation_steps: 4", {"dataset_size": 103, "trainer": "4.44"}, 9),
        ("max_steps: 0\nnum_train_epochs: 1", {"dataset_size": 83, "trainer": "4.44.2"}, 11),
        ("num_train_epochs: 3\ngradient_accumulation_steps: 4", {"dataset_size": 103, "trainer": "4.51"}, 9),
        ("num_train_epochs: 3\ngradient_accumulation_steps: 4", {"dataset_size": 103, "trainer": "4.52"}, 12),
    ],
)
def test_updates_are_counted_as_trainer_does(
    keys: str, told: dict[str, Any], updates: int, tmp_path: Path
) -> None:
    assert curve(tmp_path, f"{HF}{keys}\n", **told).clock.steps == updates


@pytest.mark.parametrize(
    ("keys", "trainer", "updates"),
    [
        ("warmup_steps: 1", None, 1),
        ("warmup_steps: 3.9", None, 3),
        ("warmup_steps: 0.999", None, 100),
        ("warmup_steps: 0.07", None, 8),  # 100 x 0.07 is a little more than 7
        ("warmup_steps: 200", None, 200),
        ("warmup_ratio: 0.07", "4.57", 8),
        ("warmup_ratio: 0.5\nwarmup_steps: 3", "4.57", 3),
        ("warmup_ratio: 0.5\nwarmup_steps: 3", "5.0", 50),
    ],
)
def test_the_warm_up_is_counted_as_trainer_does(
    keys: str, trainer: str | None, updates: int, tmp_path: Path
) -> None:
    assert warmup(curve(tmp_path, f"{HF}max_steps: 100\n{keys}\n", trainer=trainer)) == updates


def test_a_total_of_0_makes_one_update_at_0(tmp_path: Path) -> None:
    assert lrs(tmp_path, f"{HF}max_steps: 0\n") == [0.0]


def test_defaults_are_those_of_training_arguments(tmp_path: Path) -> None:
    found = curve(tmp_path, "output_dir: out\n", dataset_size=80)
    assert (found.clock.steps, found.optimizer.type, found.name) == (30, "AdamW", "linear")
    assert dict(found.optimizer.settings) == {"lr": 5e-5, "betas": (0.9, 0.999), "eps": 1e-8}
    assert [(group.name, dict(group.settings)) for group in found.optimizer.groups] == [
        ("decay", {"weight_decay": 0.0}),
        ("no decay", {"weight_decay": 0.0}),
    ]


@pytest.mark.parametrize(
    ("keys", "kind", "settings"),
    [
        ("optim: adafactor", "Adafactor", {}),
        ("optim: sgd\noptim_args: momentum=0.8,nesterov=true", "SGD", {"momentum": 0.8, "nesterov": True}),
        ("optim: rmsprop\noptim_args: momentum=0.8, alpha=0.9", "RMSprop", {"momentum": 0.8, "alpha": 0.9}),
        ("optim: adagrad", "Adagrad", {}),
        ("optim: paged_adamw_8bit\nadam_beta1: 0.8", "AdamW", {"betas": (0.8, 0.999), "eps": 1e-8}),
        ("optim: lion_32bit", "AdamW", {"betas": (0.9, 0.999), "eps": 1e-8}),
        ("optim: galore_adamw", "AdamW", {}),
    ],
)
def test_an_optimizer_is_torch_s(keys: str, kind: str, settings: dict[str, Any], tmp_path: Path) -> None:
    found = curve(tmp_path, f"{HF}max_steps: 9\n{keys}\n").optimizer
    assert (found.type, dict(found.settings)) == (kind, {"lr": 0.001, **settings})


def test_what_pyyaml_takes_for_text_is_refused_and_json_has_no_such_trap(tmp_path: Path) -> None:
    trap = "{place}: '{text}' is a text to PyYAML, which reads YAML 1.1, and the trainer fails with it; write {right}"
    text = "output_dir: out\nmax_steps: 9\nlearning_rate: 5e-5\nweight_decay: 1e-2\n"
    assert refused(tmp_path, text) == [
        trap.format(place="3:1: learning_rate", text="5e-5", right="5.0e-5"),
        trap.format(place="4:1: weight_decay", text="1e-2", right="1.0e-2"),
    ]
    data = {"output_dir": "out", "max_steps": 9, "learning_rate": 5e-5}
    assert "5e-05" in json.dumps(data)
    found = curve(tmp_path, json.dumps(data), "args.json")
    assert dict(found.optimizer.settings)["lr"] == 5e-5
    kwargs = 'lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs: \'{"min_lr": "0.0001"}\'\n'
    assert dict(curve(tmp_path, f"{HF}max_steps: 9\n{kwargs}").schedulers[0].arguments)["min_lr"] == 1e-4


# Keys, then what is told of them; the config's own three lines come first.
REFUSALS: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "num_train_epochs: 2",
        {},
        [
            " Hugging Face TrainingArguments does not hold the size of the training set; "
            "add --dataset-size 50000 (in Python dataset_size=50000)"
        ],
    ),
    (
        "max_steps: 9\nlr_scheduler_typ: cosine",
        {},
        ["5:1: lr_scheduler_typ: TrainingArguments has no lr_scheduler_typ; did you mean lr_scheduler_type?"],
    ),
    (
        "max_steps: 9\nmy_own_key: 1",
        {},
        ["5:1: my_own_key: TrainingArguments has no my_own_key; delete it here, if it is your script's own"],
    ),
    (
        "max_steps: 9\nwarmup_ratio: 0.1",
        {},
        [
            "5:1: warmup_ratio: transformers 5.23 has no warmup_ratio, and refuses it; write warmup_steps: 0.1, "
            "or --trainer 4.57 for that version's rules"
        ],
    ),
    (
        "max_steps: 9\nwarmup_steps: 0.1",
        {"trainer": "4.57"},
        [
            "5:1: warmup_steps: transformers 4.57 takes whole numbers here; "
            "write warmup_ratio for a share of the run"
        ],
    ),
    ("max_steps: 9\nwarmup_steps: -1", {}, ["5:1: warmup_steps: -1 is below 0; write 0 or more"]),
    (
        "max_steps: 9\nlr_scheduler_type: cosin",
        {},
        ["5:1: lr_scheduler_type: 'cosin' is no schedule of transformers 5.23; did you mean cosine?"],
    ),
    (
        "max_steps: 9\noptim: adamw",
        {},
        ["5:1: optim: 'adamw' is no optimizer of Trainer; did you mean adamw_hf?"],
    ),
    (
        "max_steps: 9\noptim: schedule_free_adamw",
        {},
        [
            "5:1: optim: 'schedule_free_adamw' is not supported: "
            "it warms up and averages on its own, so its LR is not the one that is set"
        ],
    ),
    (
        "max_steps: 9\nlr_scheduler_type: reduce_lr_on_plateau",
        {},
        [
            "5:1: lr_scheduler_type: reduce_lr_on_plateau is stepped after evaluations; "
            "write eval_strategy: epoch"
        ],
    ),
    (
        "max_steps: 9\nlr_scheduler_type: greedy\neval_strategy: steps\neval_steps: 2",
        {"metrics": {"eval_loss": [0.9, 0.8]}},
        [
            "5:1: lr_scheduler_type: greedy follows eval_loss, which has 2 values for 4 evaluations before the last "
            "update; add --metric eval_loss=0.9,0.8 (in Python metrics={'eval_loss': [0.9, 0.8]})"
        ],
    ),
    (
        "max_steps: 9\ndeepspeed: {scheduler: {type: WarmupLR}}",
        {},
        [
            "5:1: deepspeed: DeepSpeed's own scheduler is not supported; "
            "delete scheduler there, and Trainer's is used"
        ],
    ),
    ("max_steps: ten", {}, ["4:1: max_steps: 'ten' is not a number"]),
    ("max_steps: 9.5", {}, ["4:1: max_steps: 9.5 is no whole number; write 1000"]),
    (
        "num_train_epochs: 0",
        {"dataset_size": 80},
        ["4:1: num_train_epochs: 0 epochs train nothing; write 1 or more"],
    ),
    (
        "max_steps: 9\nlr_scheduler_kwargs: [1]",
        {},
        ["5:1: lr_scheduler_kwargs: a list is not a mapping; write {min_lr_rate: 0.1}"],
    ),
    (
        "max_steps: 9\nlr_scheduler_kwargs: {num_warmup_steps: 3}",
        {},
        [
            "5:23: lr_scheduler_kwargs.num_warmup_steps: Trainer gives num_warmup_steps itself, "
            "and fails with a second one; delete it"
        ],
    ),
    (
        "max_steps: 0\neval_strategy: steps\neval_steps: 0.25",
        {},
        [
            "6:1: eval_steps: a share of 0 steps, and Trainer fails with a division by zero; "
            "write a whole number"
        ],
    ),
    (
        "max_steps: 9\nsave_strategy: no",
        {},
        ["5:1: save_strategy: false is no text; PyYAML reads no, off and the like as false: quote it"],
    ),
    (
        "max_steps: 9\neval_strategy: epochs",
        {},
        ["5:1: eval_strategy: 'epochs' is no strategy; write no, steps or epoch"],
    ),
    (
        "num_train_epochs: 3\ndataloader_drop_last: 'true'",
        {"dataset_size": 80},
        ["5:1: dataloader_drop_last: 'true' is neither true nor false, and torch fails with it"],
    ),
    (
        "max_steps: 9\noptim:",
        {},
        ["5:1: optim: an empty value is no optimizer of Trainer; write adamw_torch"],
    ),
    (
        "max_steps: 9\nlr_scheduler_type:",
        {},
        ["5:1: lr_scheduler_type: an empty value is no schedule of transformers 5.23; write linear"],
    ),
    (
        "max_steps: 9",
        {"trainer": "4.20"},
        [" the rules of transformers 4.20 are not known; those of 4.44 and later are"],
    ),
    (
        "max_steps: 9",
        {"trainer": "new"},
        [" 'new' is no version of transformers; write 4.44, 4.57 or 5.23"],
    ),
]


@pytest.mark.parametrize(("keys", "told", "messages"), REFUSALS)
def test_what_trainer_refuses_or_lrviz_cannot_know_is_told(
    keys: str, told: dict[str, Any], messages: list[str], tmp_path: Path
) -> None:
    assert refused(tmp_path, f"{HF}{keys}\n", **told) == messages


@pytest.mark.parametrize(
    ("keys", "note"),
    [
        ("lr_scheduler_type: constant\nwarmup_steps: 3", "constant ignores the warm-up of 3 updates"),
        (
            "lr_scheduler_type: constant\nlr_scheduler_kwargs: {num_cycles: 2}",
            "constant drops lr_scheduler_kwargs: num_cycles counts for nothing",
        ),
        (
            "resume_from_checkpoint: out/checkpoint-5",
            "resume_from_checkpoint: this is the run from its start; a checkpoint brings its own LR",
        ),
        (
            "auto_find_batch_size: true",
            "auto_find_batch_size: if memory runs out, batches get smaller and epochs longer than here",
        ),
        ("num_train_epochs: 3", "max_steps is given, so num_train_epochs does not count"),
        ("model_name_or_path: some/model", "not Trainer's, and not read: model_name_or_path"),
        (
            "deepspeed: ds.json",
            "deepspeed: ds.json is not read: a scheduler or optimizer in it would take the place of Trainer's",
        ),
    ],
)
def test_what_is_assumed_is_noted(keys: str, note: str, tmp_path: Path) -> None:
    assert note in curve(tmp_path, f"{HF}max_steps: 9\n{keys}\n").notes


def test_a_plateau_is_given_what_is_told_beside_the_config(tmp_path: Path) -> None:
    keys = "lr_scheduler_type: reduce_lr_on_plateau\nlr_scheduler_kwargs: {patience: 0, factor: 0.5}\n"
    steps = f"{HF}max_steps: 9\neval_strategy: steps\neval_steps: 2\n{keys}"
    found = lrs(tmp_path, steps, metrics={"eval_loss": [1.0, 2.0, 0.5, 3.0]})
    assert found == [0.001] * 4 + [0.0005] * 4 + [0.00025]
    epochs = f"{HF}num_train_epochs: 3\neval_strategy: epoch\n{keys}"
    assert (
        lrs(tmp_path, epochs, dataset_size=24, metrics={"loss": [1.0, 2.0, 3.0]})
        == [0.001] * 6 + [0.0005] * 3
    )


def test_the_first_warmup_stable_decay_is_not_the_installed_one(tmp_path: Path) -> None:
    kwargs = "{num_stable_steps: 2, num_decay_steps: 4, min_lr_ratio: 0.5}"
    keys = f"max_steps: 9\nwarmup_steps: 2\nlr_scheduler_type: warmup_stable_decay\nlr_scheduler_kwargs: {kwargs}\n"

    def first(t: int) -> float:
        if t < 2:
            return t / 2
        if t < 4:
            return 1.0
        value = max(0.0, 0.5 * (1.0 + math.cos(math.pi * 0.5 * 2.0 * ((t - 4) / 4))))
        return (1.0 - 0.5) * value + 0.5 if t < 8 else 0.5

    assert lrs(tmp_path, HF + keys, trainer="4.46") == [0.001 * first(t) for t in range(9)]
    (message,) = refused(
        tmp_path, f"{HF}{keys}".replace("min_lr_ratio: 0.5", "decay_type: linear"), trainer="4.44"
    )
    assert message == (
        "7:64: lr_scheduler_kwargs.decay_type: warmup_stable_decay of transformers 4.44 takes no decay_type; "
        "did you mean num_decay_steps?"
    )


def test_axolotl_counts_steps_and_warm_up_itself(tmp_path: Path) -> None:
    found = curve(tmp_path, f"{AXOLOTL}warmup_ratio: 0.1\n", dataset_size=1000, devices=2)
    assert found.clock.steps == 188  # ceil(1000 x 3 / (2 x 4 x 2)); Trainer's own count would be 3 x 63
    assert (warmup(found), found.name) == (18, "cosine")
    assert warmup(curve(tmp_path, AXOLOTL, dataset_size=8000)) == 90  # 3 %
    assert warmup(curve(tmp_path, f"{AXOLOTL}max_steps: 40\n")) == 2  # 1 is 2
    assert dict(found.optimizer.settings)["lr"] == 2e-4


def test_axolotl_s_own_schedules(tmp_path: Path) -> None:
    text = f"{AXOLOTL}max_steps: 20\nwarmup_steps: 4\n"
    found = lrs(tmp_path, f"{text}cosine_min_lr_ratio: 0.1\n")
    wanted = [
        t / 4 if t < 4 else (1 - 0.1) * (0.5 * (1 + math.cos(math.pi * ((t - 4) / 16)))) + 0.1
        for t in range(20)
    ]
    assert found == [2e-4 * factor for factor in wanted]
    (cycle,) = curve(tmp_path, f"{text}lr_scheduler: one_cycle\n").schedulers
    assert (cycle.type, dict(cycle.arguments)) == (
        "OneCycleLR",
        {"max_lr": 2e-4, "total_steps": 20, "pct_start": 0.2},
    )
    head = "9:1: "
    assert refused(tmp_path, f"{text}lr_scheduler: rex\n") == [
        f"{head}lr_scheduler: rex is a schedule of Axolotl's own, and is not supported"
    ]
    assert refused(tmp_path, f"{text}cosine_constant_lr_ratio: 0.8\n") == [
        f"{head}cosine_constant_lr_ratio: cosine_constant_lr_ratio is not supported: "
        "it is a schedule of Axolotl's own"
    ]
    assert refused(tmp_path, f"{text}warmup_step: 8\n") == [
        f"{head}warmup_step: Axolotl has no warmup_step, and ignores it; did you mean warmup_steps?"
    ]


def test_axolotl_s_packed_batches_are_asked_for(tmp_path: Path) -> None:
    text = f"{AXOLOTL}sample_packing: true\n"
    assert refused(tmp_path, text, dataset_size=1000) == [
        " Axolotl's config does not hold the number of packed batches; "
        "add --batches-per-epoch 1000 (in Python batches_per_epoch=1000)"
    ]
    assert curve(tmp_path, text, batches_per_epoch=103).clock.steps == 75  # floor(103 / 4) x 3


def test_llama_factory_is_trainer_with_other_keys(tmp_path: Path) -> None:
    found = curve(tmp_path, f"{FACTORY}warmup_ratio: 0.1\n", dataset_size=1091)
    assert (found.clock.steps, warmup(found), found.name) == (411, 42, "cosine")
    assert "--dataset-size is what is left for training after cutoff_len, dataset" in found.notes
    told = (
        "learning_rate is a number to LLaMA-Factory since it reads configs with OmegaConf, and a text before"
    )
    assert told in found.notes
    assert refused(
        tmp_path, f"{FACTORY}loraplus_lr_ratio: 16.0\nuse_galore: true\nlora_dropuot: 1\nwarmup: 3\n"
    ) == [
        " LLaMA-Factory's config does not hold the size of the training set; "
        "add --dataset-size 50000 (in Python dataset_size=50000)",
        "14:1: loraplus_lr_ratio: loraplus_lr_ratio is not supported: it gives parameters an LR of their own",
        "15:1: use_galore: use_galore is not supported: it is another optimizer",
        "17:1: warmup: LLaMA-Factory has no warmup; did you mean warmup_steps?",
    ]


def test_import_says_where_each_number_came_from(tmp_path: Path) -> None:
    file = written(tmp_path, f"{HF}num_train_epochs: 2\nwarmup_steps: 0.1\n")
    with telling({"dataset_size": 80}):
        text = imported(str(file))
    assert text.splitlines() == [
        f"# from {file}, Hugging Face TrainingArguments",
        "# one device; --devices 8 (in Python devices=8) tells of more",
        "",
        "run:",
        "  dataset_size: 80                          # told beside the config",
        "  batch_size: 8                             # per device: per_device_train_batch_size (line 3)",
        "  epochs: 2                                 # num_train_epochs (line 4)",
        "optimizer:",
        "  type: AdamW                               # optim: adamw_torch",
        "  lr: 0.001                                 # learning_rate (line 2)",
        "  betas: [0.9, 0.999]                       # adam_beta1, adam_beta2",
        "  eps: 1e-08                                # adam_epsilon",
        "  groups:                                   # as Trainer makes them; weight_decay",
        "  - name: decay",
        "    weight_decay: 0.0",
        "  - name: no decay",
        "    weight_decay: 0.0",
        "schedules:",
        "  linear:",
        "    type: transformers.linear               # lr_scheduler_type",
        "    num_warmup_steps: 2                     # ceil(0.1 x 20) (line 5)",
    ]
    native = lrviz.load(written(tmp_path, text, "native.yaml"))
    pytest.importorskip("transformers")
    both = [lrviz.simulate(one)["linear"].lr for one in (native, lrviz.load(file, dataset_size=80))]
    assert np.array_equal(*both)


def test_json_on_standard_input_has_no_trap_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lrviz_ = Command(monkeypatch, capsys)
    text = '{"output_dir": "out", "max_steps": 9, "learning_rate": 5e-5}'
    assert "  lr: 5e-05 " in lrviz_("import", "-", stdin=text).out
    assert lrviz_("import", "-", stdin="max_steps: 9\nlearning_rate: 5e-5\n").err == (
        "<stdin>:2:1: learning_rate: '5e-5' is a text to PyYAML, which reads YAML 1.1, and the trainer fails with it; "
        "write 5.0e-5\n"
    )


def test_a_pickle_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "", "training_args.bin")
    for name in ("plot", "import"):
        ran = Command(monkeypatch, capsys)(name, "training_args.bin")
        assert (ran.code, ran.err) == (
            2,
            "training_args.bin: a pickle, and to open a pickle is to run the code in it; lrviz opens none; "
            "name trainer_state.json beside it, or the YAML or JSON that the run was started from\n",
        )


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"dataset_size": 0}, "dataset_size=0 is no count; write 1 or more"),
        ({"dataset_size": 10, "devices": 0}, "devices=0 is no count; write 1 or more"),
        (
            {"metrics": {"loss": 0.5}},
            "0.5 are no values of loss; write metrics={'loss': [0.9, 0.8]}, one value per evaluation",
        ),
        (
            {"metrics": {"loss": ["x"]}},
            "['x'] are no values of loss; write metrics={'loss': [0.9, 0.8]}, one value per evaluation",
        ),
    ],
)
def test_what_is_told_in_python_is_checked_as_on_the_command_line(
    told: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(lrviz.LrvizError) as caught:
        lrviz.load(written(tmp_path, HF), **told)
    assert str(caught.value) == message


def test_a_version_may_be_told_as_a_number(tmp_path: Path) -> None:
    text = f"{HF}warmup_ratio: 0.5\n"
    assert warmup(curve(tmp_path, text, dataset_size=80, trainer=4.57)) == 15

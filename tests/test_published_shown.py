"""Published schedules on the command line: the list, the card of each, the spec to start from, and completion."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

import lrviz
from lrviz import presets
from lrviz.commands.options import complete_curve, complete_preset
from lrviz.errors import LrvizError, SpecError
from lrviz.presets import FAMILIES, Preset
from lrviz.presets.starter import starter
from lrviz.render.as_cards import card, listing
from lrviz.render.as_published import published_card, published_listing
from lrviz.render.spark import spark

NAMES = presets.published_names()


def printed(renderable, width=80):
    console = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False)
    console.print(renderable)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_their_names_are_those_of_their_files():
    assert list(presets.published()) == NAMES
    assert {"bert-base", "llama3-405b"} <= set(NAMES)
    assert not set(NAMES) & set(presets.names())


def test_the_plain_list_has_a_line_for_each_with_its_year_family_and_title():
    lines = published_listing(plain=True).split("\n")
    assert sorted(line.split()[0] for line in lines) == NAMES
    (line,) = (line for line in lines if line.startswith("bert-base "))
    assert re.split(r"  +", line) == ["bert-base", "2018", "transformers", "BERT base: linear, with a jump"]


def test_the_list_goes_by_family_and_in_each_by_year():
    rows = [re.split(r"  +", line, maxsplit=3) for line in published_listing(plain=True).split("\n")]
    order = [(FAMILIES.index(family), int(year)) for _, year, family, _ in rows]
    assert order == sorted(order)


def test_the_list_fits_80_columns_and_draws_each():
    lines = printed(published_listing())
    assert max(map(cell_len, lines)) <= 80
    assert "2020  wav2vec2-ft-100h           ▅████▆▄▃▂▁  wav2vec 2.0 tuning: three stages" in lines
    assert [line for line in lines if line in FAMILIES] == [
        family for family in FAMILIES if any(p.family == family for p in presets.published().values())
    ]
    assert lines[-1] == "lrviz explain NAME tells more of each, lrviz compare NAME NAME draws them."


def test_the_list_of_everything_says_how_many_there_are():
    said = f"{len(NAMES)} schedules of papers (lrviz list published)"
    last = listing(plain=True).split("\n")[-1]
    assert re.split(r"  +", last) == ["published", said]
    assert f"published: {said}." in printed(listing())
    assert "published" not in listing(["presets"], plain=True)


CARD = """\
gpt2-llmc-124m: GPT-2 124M, llm.c: cosine to 0
Rises in a straight line over 700 updates, then falls along a cosine to 0 at the run's end.

formula      lr(t) = peak · (t + 1) / 700 for t < 700; then ½ peak (1 + cos(π (t − 700) / 18165))
run          18,865 updates of 524,288 tokens, 9.89B in all
optimizer    AdamW: lr 0.0006, betas [0.9, 0.95], eps 1e-08, weight_decay 0.1
made of      LambdaLR (lrviz explain LambdaLR)
published    2024 (language models)
source       karpathy/llm.c, scripts/run_gpt2_124M.sh and llmc/schedulers.h, https://github.com/karpathy/llm.c
notes        The peak is used twice, by the last update of the warm-up and by the first of the cosine.
try it       lrviz compare gpt2-llmc-124m constant
on your run  lrviz compare gpt2-llmc-124m:steps=20000,lr=0.0012"""


def test_a_card_tells_rule_run_optimizer_source_and_what_to_try():
    assert card("gpt2-llmc-124m", plain=True) == CARD


def test_a_card_names_the_groups_and_what_is_their_own():
    told = card("modded-nanogpt-2026-08", plain=True)
    groups = "groups matrices (NorMuon); the rest (Adam): lr 0.008"
    assert f"optimizer    Muon: lr 0.023, momentum 0.95, weight_decay 1.2; {groups}\n" in told


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({"epochs": 300}, "300 epochs"),
        ({"epochs": 90, "steps_per_epoch": 5005}, "90 epochs of 5,005 updates"),
        ({"epochs": 9.5, "dataset_size": 500, "batch_size": 50}, "9.5 epochs of 500 samples, in batches of 50"),
        ({"steps": 1000}, "1,000 updates"),
        ({"steps": 1000, "steps_per_epoch": 50}, "1,000 updates, 50 an epoch"),
        ({"steps": 1000, "tokens_per_step": 512}, "1,000 updates of 512 tokens, 512,000 in all"),
        ({"steps": 750000, "tokens_per_step": 4_000_000}, "750,000 updates of 4,000,000 tokens, 3T in all"),
    ],
)  # fmt: skip
def test_a_card_says_how_long_the_run_is(run, said):
    preset = Preset("made", "It stays.", {}, "lr", "nowhere", run=run, optimizer={"type": "SGD", "lr": 0.1})
    told = published_card(preset, plain=True)
    assert f"run          {said}\n" in told
    assert told.endswith(f"lrviz compare made:{'epochs=30' if 'epochs' in run else 'steps=20000'},lr=0.2")


@pytest.mark.parametrize("name", NAMES)
def test_every_card_can_be_shown_and_what_it_says_to_try_can_be_read(name):
    told = card(name, plain=True)
    assert "\n" not in presets.published()[name].notes.strip()
    words = re.findall(r"lrviz compare (\S+)(?: constant)?$", told, flags=re.MULTILINE)
    assert words[0] == name
    for word in words:
        assert lrviz.load(word).curves
    assert all(cell_len(line) <= 80 for line in printed(card(name)))


@pytest.mark.parametrize("name", NAMES)
def test_the_spec_to_start_from_is_the_published_run_itself(name, tmp_path):
    (tmp_path / "config.yaml").write_text(starter(name), encoding="utf-8")
    (written,) = lrviz.load(tmp_path / "config.yaml").curves
    (named,) = lrviz.load(name).curves
    assert written.clock == named.clock
    assert (written.optimizer.type, written.optimizer.settings) == (
        named.optimizer.type,
        named.optimizer.settings,
    )
    assert written.optimizer.groups == named.optimizer.groups
    assert [(s.type, s.interval, s.arguments) for s in written.schedulers] == [
        (s.type, s.interval, s.arguments) for s in named.schedulers
    ]
    assert written.courses == named.courses


def test_the_spec_to_start_from_names_the_paper_and_brings_its_optimizer():
    lines = starter("llama3-405b").split("\n")
    assert lines[1] == (
        "# Published in: Llama Team 2024, The Llama 3 Herd of Models, arXiv:2407.21783, section 3.4.1"
    )
    assert "  steps: 1200000                    # updates in the run" in lines
    assert "  lr: 8.0e-05                       # learning rate" in lines


def test_the_spec_to_start_from_allows_what_the_preset_does_by_design():
    ignoring = [line for line in starter("bert-base").split("\n") if "check:" in line]
    assert ignoring == ["    check: {ignore: [lr-zero-start]}  # what is meant here"]
    assert "check:" not in starter("t5-pretrain")


def test_a_name_that_is_nearly_one_is_suggested():
    with pytest.raises(LrvizError, match="'llama3-405' is unknown; did you mean llama3-405b\\?"):
        card("llama3-405")
    with pytest.raises(SpecError, match="'llama3-405' is no preset; did you mean llama3-405b\\?"):
        starter("llama3-405")
    with pytest.raises(SpecError, match="'llama3-405' is no preset; did you mean llama3-405b\\?"):
        lrviz.load("llama3-405")


def test_their_names_are_completed():
    assert complete_preset("llama") == ["llama1-7b", "llama2-70b", "llama3-405b"]
    assert complete_curve("bert") == ["bert-base"]


def test_a_spark_is_the_drawing_in_blocks():
    assert spark("⡏⠉⠉⠉\n⡇\n⡇\n⡇  ⣀", 4) == "████"
    assert spark("⠉⠉\n  ⠉⠉\n    ⠉⠉\n      ⣀⣀", 4) == "█▆▄▁"


def test_a_spark_of_nothing_is_nothing():
    assert spark("") == ""
    assert spark("⠀⠀\n") == ""


def test_where_a_drawing_is_blank_its_spark_is_too():
    assert spark("⠉⠉  ⠉⠉", 3) == "█ █"

"""What train.py of timm 1.0.31 knows: its defaults, what reaches its factory, and what never touches the LR."""

from __future__ import annotations

from typing import Any

# What train.py assumes where a --config file does not say (timm 1.0.31).
DEFAULTS: dict[str, Any] = {
    "aug_repeats": 0,
    "batch_size": 128,
    "cooldown_epochs": 0,
    "dataset": "",
    "decay_epochs": 90,
    "decay_milestones": [90, 180, 270],
    "decay_rate": 0.1,
    "epochs": 300,
    "eval_metric": "top1",
    "grad_accum_steps": 1,
    "layer_decay": None,
    "lr": None,
    "lr_base": 0.1,
    "lr_base_scale": "",
    "lr_base_size": 256,
    "lr_cycle_decay": 0.5,
    "lr_cycle_limit": 1,
    "lr_cycle_mul": 1.0,
    "lr_decay_fn": None,
    "lr_k_decay": 1.0,
    "lr_noise": None,
    "lr_noise_pct": 0.67,
    "lr_noise_std": 1.0,
    "lr_stable_timescale": None,
    "min_lr": 0,
    "momentum": 0.9,
    "naflex_loader": False,
    "opt": "sgd",
    "opt_betas": None,
    "opt_kwargs": {},
    "patience_epochs": 10,
    "resume": "",
    "sched": "cosine",
    "sched_on_updates": False,
    "seed": 42,
    "start_epoch": None,
    "train_batch_sizes": None,
    "train_batches_per_epoch": None,
    "train_img_sizes": None,
    "val_interval": 1,
    "warmup_epochs": 5,
    "warmup_lr": 1e-5,
    "warmup_prefix": False,
    "weight_decay": 2e-5,
}
# Each schedule's own arguments of the factory, by the key they are written under.
CYCLES = {"lr_cycle_limit": "cycle_limit", "lr_cycle_mul": "cycle_mul", "lr_cycle_decay": "cycle_decay"}
DECAYS = {"decay_epochs": "decay_epochs", "lr_decay_fn": "decay_fn"}
FLOOR = {"min_lr": "min_lr"}
SCHEDS: dict[str, dict[str, str]] = {
    "cosine": {**FLOOR, **CYCLES, "lr_k_decay": "k_decay"},
    "tanh": {**FLOOR, **CYCLES},
    "poly": {**FLOOR, **CYCLES, "lr_k_decay": "k_decay", "decay_rate": "decay_rate"},
    "step": {"decay_epochs": "decay_epochs", "decay_rate": "decay_rate"},
    "multistep": {"decay_milestones": "decay_milestones", "decay_rate": "decay_rate"},
    "constant": {},
    "wsd": {**FLOOR, **DECAYS},
    "rsqrt": {**FLOOR, **DECAYS, "lr_stable_timescale": "stable_timescale"},
    "plateau": {**FLOOR, "patience_epochs": "patience_epochs", "decay_rate": "decay_rate"},
}
WARMUP = {"warmup_epochs": "warmup_epochs", "warmup_lr": "warmup_lr", "warmup_prefix": "warmup_prefix"}
NOISE = {"lr_noise": "noise", "lr_noise_pct": "noise_pct", "lr_noise_std": "noise_std", "seed": "noise_seed"}
COUNTS = ("batch_size", "epochs", "grad_accum_steps", "val_interval")  # 1 or more
NUMBERS = ("cooldown_epochs", "decay_rate", "lr_base", "lr_base_size", "min_lr", "momentum", "warmup_epochs",
           "warmup_lr", "weight_decay", "lr_cycle_limit", "lr_cycle_mul", "lr_cycle_decay", "lr_k_decay",
           "lr_noise_pct", "lr_noise_std", "patience_epochs", "seed")  # fmt: skip

# What train.py knows besides, and what never touches the LR.
_BESIDES = """
aa amp amp_dtype amp_impl apex_amp aug_splits bce_loss bce_pos_weight bce_sum bce_target_thresh bn_eps bn_momentum
channels_last checkpoint_hist class_map clip_grad clip_mode color_jitter color_jitter_prob crop_pct cutmix
cutmix_minmax data data_dir dataset_download dataset_trust_remote_code device device_modules dist_bn
distill_loss_weight distributed drop drop_block drop_connect drop_path epoch_repeats experiment fast_norm fuser
gaussian_blur_prob gp grad_checkpointing grayscale_prob head_init_bias head_init_scale hflip img_size in_chans
initial_checkpoint input_img_mode input_key input_size interpolation jsd_loss kd_distill_type kd_loss_type
kd_model_name kd_student_feature_dim kd_teacher_feature_dim kd_temperature kd_token_distill_type
layer_decay_min_scale layer_decay_no_opt_scale local_rank log_interval log_wandb mean mixup mixup_mode
mixup_off_epoch mixup_prob mixup_switch_prob model model_dtype model_ema model_ema_decay model_ema_force_cpu
model_ema_warmup model_kwargs naflex_loss_scale naflex_max_seq_len naflex_patch_size_probs naflex_patch_sizes
naflex_patchify_channels_first naflex_train_seq_lens native_amp no_aug no_ddp_bb no_prefetcher no_resume_opt
num_classes opt_eps opt_foreach output pin_mem prefetcher pretrained pretrained_path rank ratio recount
recovery_interval remode reprob resplit save_images scale smoothing split_bn std sync_bn synchronize_step target_key
task_loss_weight torchcompile torchcompile_mode torchscript train_crop_mode
train_interpolation train_num_samples train_size_probs train_size_random_mix train_size_schedule
train_size_schedule_spread train_split tta use_multi_epochs_loader val_num_samples val_split validation_batch_size
variable_batch_loss_scale vflip wandb_project wandb_resume_id wandb_tags worker_seeding workers world_size
"""
HARMLESS = frozenset(_BESIDES.split())

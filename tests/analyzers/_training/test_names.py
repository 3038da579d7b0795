"""Names of columns: what is better, what is a share, what is no metric."""

import pytest

from kreport.analyzers._training.names import direction, is_learning_rate, is_time, may_be_share

LOWER = """loss val_loss head_loss age_mae mean_squared_error categorical_crossentropy kl_divergence
perplexity dice_loss auc_loss mae_head error_rate false_positives log_loss accuracy_error WER
valLoss loss_1 out_mse negative_log_likelihood"""
HIGHER = """accuracy val_accuracy acc binary_accuracy sparse_top_k_categorical_accuracy auc auc_2 roc_auc auc_roc f1
f1_macro f1[2] mean_io_u dice_coef dice_coef_tumor precision_at_recall recall sex_accuracy valMeanIoU hits_at_5 acc_top1
r2_score true_negatives psnr MRR top_3_categorical_accuracy accuracy_1"""
UNKNOWN = """d_loss g_loss gen_total_loss discriminator_loss loss_scale grad_norm entropy mean sum kl_weight metric_7 x
loss_weight neg_mean_squared_error negative_accuracy steps inaccuracy 损失 temperature"""


@pytest.mark.parametrize("name", LOWER.split())
def test_lower_is_better(name):
    assert direction(name) == "lower"


@pytest.mark.parametrize("name", HIGHER.split())
def test_higher_is_better(name):
    assert direction(name) == "higher"


@pytest.mark.parametrize("name", UNKNOWN.split())
def test_says_nothing_about_odd_names(name):
    assert direction(name) == "unknown"


@pytest.mark.parametrize(
    "name", ["accuracy", "val_recall", "sex_binary_accuracy", "precision_1", "acc_top5", "hits_at_1"]
)
def test_shares_are_accuracy_like(name):
    assert may_be_share(name)


@pytest.mark.parametrize("name", ["auc", "f1_score", "loss", "mean_io_u", "accuracy_loss", "x"])
def test_other_scores_are_numbers(name):
    assert not may_be_share(name)


@pytest.mark.parametrize("name", ["lr", "learning_rate", "learning rate", "Adam/learning_rate", "LR"])
def test_a_learning_rate_is_no_metric(name):
    assert is_learning_rate(name)


@pytest.mark.parametrize("name", ["time", "epoch_time", "Epoch Time (s)", "seconds", "duration", "wall_time"])
def test_times_are_no_metrics(name):
    assert is_time(name)


@pytest.mark.parametrize("name", ["loss", "timeliness", "lr_loss", "time_mae"])
def test_metrics_are_neither(name):
    assert not is_time(name)
    assert not is_learning_rate(name)

# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Training and its effect
#
# The curves of the training, and the scores before and after it beside published ones. The run is the folder that
# `TOOLACE_RUN` names, else `outputs/quickstart`.

# %%
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

from toolace import analysis
from toolace.reporting.runs import read_manifest

run = analysis.run_folder()
facts = read_manifest(run).facts("train")
pd.Series(facts, name="training").to_frame()

# %% [markdown]
# ## Curves
#
# Loss per assistant token (the dashed line is the loss on the held-out samples after training), learning rate, and
# the speed between two entries of the log.

# %%
loss = analysis.frame(run / "loss.jsonl")
if loss.empty:
    print("no training yet: python -m toolace.train +recipe=NAME")
else:
    figure, axes = plt.subplots(1, 3, figsize=(13, 3.5), layout="constrained")
    axes[0].plot(loss["step"], loss["loss"])
    axes[0].axhline(facts.get("validation_loss", float("nan")), linestyle="--", color="gray")
    axes[0].set(title="loss (nats)", xlabel="step", ylim=(0, None))
    for ax, column in zip(axes[1:], ("learning_rate", "tokens/s"), strict=True):
        if column == "tokens/s" and {"num_input_tokens_seen", "train_runtime"} <= set(loss):
            passed = loss[["num_input_tokens_seen", "train_runtime"]].diff().fillna(loss)
            loss[column] = passed["num_input_tokens_seen"] / passed["train_runtime"].where(passed["train_runtime"] > 0)
        if column in loss:
            ax.plot(loss["step"], loss[column])
        ax.set(title=column, xlabel="step")

# %% [markdown]
# ## Scores
#
# Accuracy with Wilson's 95% intervals. Published scores are of all cases of a category, ours of those that the run
# drew.

# %%
scores = analysis.scores(run)
if scores.empty:
    print("no scores yet: python -m toolace.evaluate +recipe=NAME")
else:
    ours, others = scores[~scores["published"]], scores[scores["published"]]
    display(ours[["model", "category", "cases", "correct", "accuracy", "low", "high"]].round(3))
    display(others.pivot_table(index="model", columns="category", values="accuracy").round(3))
    figure, axes = plt.subplots(1, 2, figsize=(13, 4.5), layout="constrained", sharey=True)
    for ax, some in zip(axes, (ours, others), strict=True):
        if len(some):
            analysis.draw_points(ax, some, "category", "model")

# %% [markdown]
# ## GRPO
#
# Mean reward of the answers, by step, where `train=grpo` went on after fine-tuning.

# %%
rewards = analysis.frame(run / "reward.jsonl")
if rewards.empty:
    print("none: python -m toolace.train +recipe=NAME train=grpo")
else:
    ax = rewards.plot(x="step", y="reward", alpha=0.4, figsize=(7, 3.5), ylabel="mean reward (0 to 1)")
    ax.plot(rewards["step"], rewards["reward"].rolling(10, min_periods=1).mean(), label="mean of 10 steps")
    ax.legend()

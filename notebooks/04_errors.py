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
# # Errors
#
# What goes wrong, which cases the training won and lost, and some of them to read. The run is the folder that
# `TOOLACE_RUN` names, else `outputs/quickstart`.

# %%
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

from toolace import analysis
from toolace.benchmarks.comparison import paired

run = analysis.run_folder()
cases = analysis.outcomes(run)
if cases.empty:
    raise SystemExit("no scores yet: python -m toolace.evaluate +recipe=NAME")
cases.groupby(["category", "model"], sort=False)["ok"].agg(["size", "sum", "mean"]).round(3)

# %% [markdown]
# ## Kinds of error
#
# By category and model, as shares of the cases (`no_answer`: the endpoint failed, which is no answer of the model).

# %%
kinds = pd.crosstab([cases["category"], cases["model"]], cases["error"], normalize="index")
kinds = kinds.drop(columns="", errors="ignore")
display(kinds.round(3))
figure, ax = plt.subplots(figsize=(10, 0.4 * len(kinds) + 1.5), layout="constrained")
if kinds.size:
    kinds.plot.barh(stacked=True, ax=ax, xlim=(0, 1))
    ax.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# ## Won and lost
#
# Cases that only one of the two models answers rightly, with McNemar's exact p.

# %%
first, last = [*cases["model"].unique()[:2], cases["model"].iloc[0]][:2]
changes = analysis.changes(cases, first, last)
display(pd.crosstab(changes["category"], changes["change"]))
won, lost = ((changes["change"] == what).sum() for what in ("won", "lost"))
pair = paired(*(dict(zip(changes["id"], changes[model], strict=True)) for model in (first, last)))
print(f"from {first} to {last}: {won} won, {lost} lost, p = {pair.p:.2g}")

# %% [markdown]
# ## Examples
#
# Some cases of each kind of error of the tuned model, then some that the training lost: the request, the tools on
# offer, the answer, and why it counts as wrong. Change `SHOWN` to see more.

# %%
SHOWN = 2
wrong = cases[(cases["model"] == last) & ~cases["ok"]]
for error, some in wrong.groupby("error"):
    print(f"=== {error}: {len(some)} cases\n")
    for row in some.head(SHOWN).itertuples():
        print(analysis.told(row), "\n")

# %%
was_lost = wrong[wrong["id"].isin(changes.loc[changes["change"] == "lost", "id"])]
for row in was_lost.head(SHOWN).itertuples():
    print(analysis.told(row), "\n")

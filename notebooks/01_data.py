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
# # The data of a run
#
# What the pool holds, what verification let through, and how varied the dialogs are. The run is the folder that
# `TOOLACE_RUN` names, else `outputs/quickstart` (`make quickstart` makes it).

# %%
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

from toolace import analysis
from toolace.apis_report import count
from toolace.records import Api
from toolace.reporting.runs import read_manifest, records

run = analysis.run_folder()
manifest = read_manifest(run)
pool = analysis.pool(run)
dialogs = analysis.dialogs(run)
accepted = dialogs[dialogs["ok"]]
print(f"{manifest.config['name']}: {len(pool)} APIs, {len(dialogs)} dialogs drawn, {len(accepted)} accepted")

# %% [markdown]
# ## The pool
#
# Where the APIs come from, which domains are largest, and how deep and of which types their parameters are.

# %%
counts = count(records(run / "apis" / "pool.jsonl", Api))
figure, axes = plt.subplots(2, 2, figsize=(12, 7), layout="constrained")
for ax, what in zip(axes.flat, ("source", "domain", "parameter type", "levels of parameters"), strict=True):
    pd.Series(counts.get(what, {}), dtype=int).nlargest(12)[::-1].plot.barh(ax=ax, title=what)

# %%
left_out = pd.Series(manifest.facts("apis").get("left_out", {}), name="APIs", dtype=int)
left_out.rename_axis("left out of the pool because").to_frame()

# %% [markdown]
# ## The funnel
#
# Drawn dialogs by kind, and the first rule that rejected each.

# %%
funnel = pd.crosstab(dialogs["kind"], dialogs["rule"])
display(funnel)
ax = funnel.plot.barh(stacked=True, figsize=(9, 3.5), title="dialogs by kind and verdict")

# %% [markdown]
# ## Diversity
#
# How often a name, a value or a phrase comes again, in accepted dialogs. The share of different n-grams falls with
# the length of a text, so every kind is measured on equally many words: as many as the smallest kind has, 5,000 at
# most.

# %%
words = int(min(accepted.groupby("kind")["words"].sum().min(), 5_000))
rows = {
    kind: {
        "dialogs": len(some),
        "functions": some["functions"].explode().nunique(),
        "arguments": some["arguments"].explode().nunique(),
        "values": some["values"].explode().nunique(),
        "different requests": some["request"].nunique() / len(some),
    }
    | {f"distinct {n}-grams of {words} words": analysis.distinct(some["request"], n, words) for n in (1, 2, 3)}
    for kind, some in accepted.groupby("kind")
}
display(pd.DataFrame(rows).T.round(3))

# %%
figure, axes = plt.subplots(1, 3, figsize=(12, 3.5), layout="constrained")
for ax, what in zip(axes, ("functions", "arguments", "values"), strict=True):
    sizes = accepted[what].explode().value_counts()
    ax.plot(range(1, len(sizes) + 1), sizes)
    ax.set(title=f"{len(sizes)} different {what}", xlabel="rank", ylabel="times", xscale="log", yscale="log")

# %% [markdown]
# ## Lengths

# %%
figure, axes = plt.subplots(1, 5, figsize=(14, 3), layout="constrained")
for ax, what in zip(axes, ("turns", "calls", "tools", "words", "bytes"), strict=True):
    accepted[what].plot.hist(ax=ax, bins=20, title=what)

# %% [markdown]
# ## Complexity: the paper's Fig. 2
#
# H_M, the loss of the model that will be trained on what the assistant says, against candidates, APIs used and
# dissimilarity. The paper finds that it grows with all three.

# %%
measured = analysis.frame(run / "complexity.jsonl")
if measured.empty:
    print("not measured. For this run: python -m toolace.complexity +recipe=NAME")
    print("For samples that vary more, as in the figure: python eval/complexity.py FOLDER, then TOOLACE_RUN=FOLDER")
else:
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), sharey=True, layout="constrained")
    analysis.draw_fig2(axes, measured)

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
# # Ablations
#
# The paper's Figs. 3 to 7 and its ablation tables beside our own runs. Ours are read from the results stores under
# `outputs/` (or the folder that `TOOLACE_OUTPUTS` names) (`python -m toolace.compare outputs/NAME` writes one);
# where there is none, the published points stand alone. Published models are of 7B or 8B parameters and of older
# benchmarks: compare the order of variants, not the height.
#
# Right of the published points: the mean over categories with one dot per training (intervals over test cases), then
# each category. Differences are paired, on the same cases and seeds. A difference is called beyond noise only if it
# is so over the test cases and, where there are several seeds, over the trainings too, corrected for the number of
# variants (Holm).

# %%
import os

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

from toolace import analysis
from toolace.benchmarks.differences import differences, sentence
from toolace.benchmarks.published import ablations, reference

outputs = analysis.root() / os.environ.get("TOOLACE_OUTPUTS", "outputs")
results, cases = analysis.stored(outputs, "results"), analysis.stored(outputs, "cases")
known = ablations()
ours = list(results[["sweep", "ablation"]].drop_duplicates().itertuples(index=False, name=None))
published_alone = [("", name) for name, one in known.items() if one.variants and name not in set(results["ablation"])]
print(f"{len(ours)} ablations of ours, {len(published_alone)} with published numbers alone")

# %%
for sweep, ablation in [*ours, *published_alone]:
    some = results[(results["sweep"] == sweep) & (results["ablation"] == ablation)]
    figure, axes = plt.subplots(
        1, 1 if some.empty else 3, figsize=(6 if some.empty else 16, 3.6), layout="constrained", squeeze=False
    )
    analysis.draw_ablation(axes[0], ablation, some)
    figure.suptitle(f"{ablation} {sweep} ({known[ablation].figure})" if ablation in known else ablation, fontsize=9)
    plt.show()
    if some.empty:
        print(f"ours: run its variants, then python -m toolace.compare outputs/NAME/{ablation}")
        continue
    against = reference(ablation, {*some["variant"]})
    answers = cases[(cases["sweep"] == sweep) & (cases["ablation"] == ablation) & (cases["model"] == "after")]
    rows = differences(analysis.by_variant(answers), against)
    display(pd.DataFrame(rows).round(4))
    for row in rows:
        print(sentence(row, against))
    if not rows:
        print(f"no variant shares cases and a seed with {against}: nothing can be compared")

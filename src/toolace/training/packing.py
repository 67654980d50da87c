"""Micro-batches without padding, in which samples that offer the same tools share one copy of their prompt.

The tools take most of a prompt, so computing them once for several questions saves about half of the work. The loss
is that of independent samples: an attention mask hides the other questions, and positions go on from the shared prefix.
Samples of one tool list lie in one micro-batch, which also puts "call it" beside "it does not fit".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

import msgspec
import torch

from toolace.errors import ToolaceError

IGNORED = -100
"""The label of a token that is no assistant's."""


class Sample(NamedTuple):
    """A tokenized dialog: `labels` are the assistant's tokens, else `IGNORED`."""

    tokens: list[int]
    labels: list[int]


def tokenize(row: dict[str, Any], tokenizer: Any) -> Sample:
    """Render a row of the dataset (`messages`, `tools`) by the chat template.

    Raises:
        ToolaceError: the template marks no assistant tokens (it lacks `{% generation %}`).
    """
    rendered = tokenizer.apply_chat_template(
        row["messages"],
        tools=msgspec.json.decode(row["tools"]),
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    tokens, mask = list(rendered["input_ids"]), rendered["assistant_masks"]
    if not any(mask):
        raise ToolaceError(
            "the chat template marks no assistant tokens: set model.template to one with {% generation %}"
        )
    return Sample(tokens, [token if marked else IGNORED for token, marked in zip(tokens, mask, strict=True)])


def packs(samples: Sequence[tuple[str, Sample]], size: int, rng: Random) -> list[dict[str, list[int]]]:
    """Put (tool list, sample) pairs into micro-batches of `size` samples, those of one tool list together.

    Each pack has one number per token: `input_ids`, `labels`, `position_ids`, `family` (the tool list) and `branch`
    (0 in the shared prefix, else the number of the sample).
    """
    groups = [[samples[i][1] for i in group] for group in families((key for key, _ in samples), size)]
    rng.shuffle(groups)
    return [pack(batch) for batch in _fill(groups, size)]


def families(keys: Iterable[str], size: int) -> list[list[int]]:
    """Group the places of equal keys, at most `size` in a group."""
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return [family[at : at + size] for family in places.values() for at in range(0, len(family), size)]


def _fill(groups: list[list[Sample]], size: int) -> Iterator[list[list[Sample]]]:
    """First fit: a group goes to the first open batch that has room."""
    open_batches: list[list[list[Sample]]] = []
    for group in groups:
        batch = next((b for b in open_batches if sum(map(len, b)) + len(group) <= size), None)
        if batch is None:
            batch = []
            open_batches.append(batch)
        batch.append(group)
        if sum(map(len, batch)) == size:
            open_batches.remove(batch)
            yield batch
    yield from open_batches


def pack(groups: list[list[Sample]]) -> dict[str, list[int]]:
    """Put groups into one pack (see `packs`); the samples of a group share the beginning of their prompts."""
    made: dict[str, list[int]] = {k: [] for k in ("input_ids", "labels", "position_ids", "family", "branch")}
    for family, group in enumerate(groups):
        shared = _common_prefix([sample.tokens for sample in group]) if len(group) > 1 else 0
        shared = min([shared, *(_first_label(sample) for sample in group)])
        _add(made, group[0], 0, shared, family, 0)
        for branch, sample in enumerate(group, start=1):
            _add(made, sample, shared, len(sample.tokens), family, branch)
    return made


def _common_prefix(lists: list[list[int]]) -> int:
    first, last = min(lists), max(lists)  # what these two share, all share
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def _first_label(sample: Sample) -> int:
    """A branch starts before its first label, so that the token which predicts it is in the same branch."""
    return next(i for i, label in enumerate(sample.labels) if label != IGNORED) - 1


def _add(pack: dict[str, list[int]], sample: Sample, start: int, end: int, family: int, branch: int) -> None:
    pack["input_ids"] += sample.tokens[start:end]
    pack["labels"] += sample.labels[start:end]
    pack["position_ids"] += range(start, end)
    pack["family"] += [family] * (end - start)
    pack["branch"] += [branch] * (end - start)


def collate(batch: list[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
    """Turn one pack into tensors; `attention_mask` is (1, 1, tokens, tokens), True where a token may look.

    Raises:
        ValueError: more than one pack, which would need padding.
    """
    (pack,) = batch
    family, branch = torch.tensor(pack["family"]), torch.tensor(pack["branch"])
    mask = (family[:, None] == family) & ((branch[:, None] == branch) | (branch == 0))
    return {
        **{key: torch.tensor([pack[key]]) for key in ("input_ids", "labels", "position_ids")},
        "attention_mask": mask.tril()[None, None],
    }

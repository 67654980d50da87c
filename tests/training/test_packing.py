from random import Random
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from toolace.training.packing import IGNORED, Sample, collate, packs


def sample(prompt: list[int], answer: list[int]) -> Sample:
    return Sample(prompt + answer, [IGNORED] * len(prompt) + answer)


FAMILIES = [
    ("a", sample([1, 2, 3, 4], [5, 6])),
    ("a", sample([1, 2, 3, 7, 8], [9])),
    ("a", sample([1, 2, 3, 4], [7, 7, 7])),
    ("b", sample([1, 2], [3])),
    ("c", sample([5], [6, 7])),
]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.builds(
                sample,
                st.lists(st.integers(1, 9), min_size=1, max_size=6),
                st.lists(st.integers(1, 9), min_size=1, max_size=4),
            ),
        ),
        max_size=12,
    ),
    st.integers(1, 5),
)
def test_every_label_is_in_exactly_one_pack(samples: list[tuple[str, Sample]], size: int) -> None:
    made = packs(samples, size, Random(0))
    given_labels = sorted(label for _, s in samples for label in s.labels if label != IGNORED)
    assert sorted(label for pack in made for label in pack["labels"] if label != IGNORED) == given_labels
    for pack in made:
        assert len({len(numbers) for numbers in pack.values()}) == 1
        assert pack["labels"][0] == IGNORED
        assert len({(f, b) for f, b in zip(pack["family"], pack["branch"], strict=True) if b}) <= size


def test_samples_of_one_tool_list_share_their_prefix() -> None:
    (pack,) = packs(FAMILIES[:3], 3, Random(0))
    assert pack["input_ids"] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 7, 7, 7]
    assert pack["position_ids"] == [0, 1, 2, 3, 4, 5, 3, 4, 5, 3, 4, 5, 6]
    assert pack["branch"] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]


def test_the_mask_hides_other_questions_and_other_tool_lists() -> None:
    (pack,) = packs(FAMILIES[:4], 4, Random(0))
    mask = collate([pack])["attention_mask"][0, 0]
    place = list(zip(pack["family"], pack["branch"], strict=True))
    for i, (family, branch) in enumerate(place):
        for j, (other_family, other_branch) in enumerate(place):
            visible = j <= i and family == other_family and other_branch in (0, branch)
            assert bool(mask[i, j]) == visible


@pytest.mark.slow
def test_the_loss_is_that_of_independent_samples() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    shape: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    config = LlamaConfig(vocab_size=16, num_attention_heads=4, num_key_value_heads=2, **shape)
    model = LlamaForCausalLM(config).eval()

    def total(inputs: dict[str, torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
        logits = model(**inputs, use_cache=False).logits
        return torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED, reduction="sum"
        )

    alone = sum(total({"input_ids": torch.tensor([s.tokens])}, torch.tensor([s.labels])).item() for _, s in FAMILIES)
    together = 0.0
    for pack in packs(FAMILIES, 3, Random(0)):
        batch = collate([pack])
        labels = batch.pop("labels")
        together += total(batch, labels).item()
    assert together == pytest.approx(alone, rel=1e-5)

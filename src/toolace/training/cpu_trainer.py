"""TRL's SFTTrainer for machines without a GPU (import it lazily: it loads torch)."""

from __future__ import annotations

from typing import Any

from transformers import Trainer
from trl import SFTTrainer

from toolace.training.packing import IGNORED, collate


class CpuTrainer(SFTTrainer):  # type: ignore[misc]
    """Trains on packs (see `packing`), and computes logits only where a label is.

    Without Triton, TRL scores every position of a batch against the whole vocabulary, entropy included, which is as
    much work again as the layers of a small model.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(data_collator=collate, **options)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean negative log-likelihood of the assistant's tokens in the batch (all accumulated micro-batches)."""
        next_tokens = inputs["labels"][:, 1:]
        positions = (next_tokens != IGNORED).any(dim=0).nonzero().flatten()
        inputs = {
            **inputs,
            "use_cache": False,
            "logits_to_keep": positions,
            "shift_labels": next_tokens[:, positions].contiguous(),
        }
        return Trainer.compute_loss(self, model, inputs, return_outputs, num_items_in_batch)

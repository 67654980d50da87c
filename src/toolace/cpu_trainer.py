"""TRL's SFTTrainer for machines without a GPU (import it lazily: it loads torch)."""

from __future__ import annotations

from typing import Any

from transformers import Trainer
from trl import SFTTrainer


class CpuTrainer(SFTTrainer):  # type: ignore[misc]
    """Computes logits only where a label is.

    Without Triton, TRL scores every position of a batch against the whole vocabulary, entropy included: for
    SmolLM2-135M that is more work than the layers below. Same loss, a third of the time.
    """

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean negative log-likelihood of the assistant's tokens in the batch (all accumulated micro-batches)."""
        next_tokens = inputs["labels"][:, 1:]
        positions = (next_tokens != -100).any(dim=0).nonzero().flatten()
        inputs = {
            **inputs,
            "use_cache": False,
            "logits_to_keep": positions,
            "shift_labels": next_tokens[:, positions].contiguous(),
        }
        return Trainer.compute_loss(self, model, inputs, return_outputs, num_items_in_batch)

"""Grade models' greedy answers to the same prompts by the reward of GRPO, on dialogs that no training saw.

python -m toolace.synthesize +recipe=quickstart name=fresh seed=1
python eval/grpo_held_out.py outputs/fresh/data/data/train.parquet MERGED [MERGED …] --prompts 200
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any

import pyarrow.parquet
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from toolace.formats.calls import parse
from toolace.grpo import prompts
from toolace.verification.reward import reward


def answers(folder: str, texts: list[str], new_tokens: int, batch: int, samples: int, temperature: float) -> list[str]:
    """Greedy answers, or `samples` drawn ones after one another for each prompt."""
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    dtype = torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
    torch.manual_seed(0)
    how: dict[str, Any] = {"do_sample": False} if samples == 1 else {"do_sample": True, "temperature": temperature}
    if samples > 1:
        how |= {"top_k": 0, "top_p": 1.0, "num_return_sequences": samples}
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))  # little padding
    given: dict[int, list[str]] = {}
    for at in range(0, len(order), batch):
        places = order[at : at + batch]
        inputs = tokenizer([texts[i] for i in places], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            made = model.generate(**inputs, max_new_tokens=new_tokens, pad_token_id=tokenizer.pad_token_id, **how)
        decoded = tokenizer.batch_decode(made[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        for number, place in enumerate(places):
            given[place] = decoded[number * samples : (number + 1) * samples]
    return [text for place in range(len(texts)) for text in given[place]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--prompt-tokens", type=int, default=200)
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--samples", type=int, default=1, help="more than 1: drawn, not greedy")
    parser.add_argument("--temperature", type=float, default=1.0)
    given = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(given.models[0])
    rows = pyarrow.parquet.read_table(given.data).to_pylist()
    made = prompts(rows, tokenizer, given.prompt_tokens)
    made = Random(0).sample(made, min(given.prompts, len(made)))
    means: list[list[float]] = []
    for folder in given.models:
        start = time.perf_counter()
        texts = answers(
            folder, [one["prompt"] for one in made], given.new_tokens, given.batch, given.samples, given.temperature
        )
        golds = [one for one in made for _ in range(given.samples)]
        got = [reward(t, parse(g["gold"]) if g["gold"] else []) for t, g in zip(texts, golds, strict=True)]
        groups = [got[at : at + given.samples] for at in range(0, len(got), given.samples)]
        means.append([fmean(group) for group in groups])
        print(json.dumps(_figures(folder, made, groups) | {"seconds": round(time.perf_counter() - start, 1)}))
    if len(means) > 1:
        gains = [after - before for before, after in zip(means[0], means[-1], strict=True)]
        print(f"last less first: {fmean(gains):+.3f} ± {1.96 * stdev(gains) / len(gains) ** 0.5:.3f} (95%, paired)")


def _figures(folder: str, made: list[dict[str, str]], groups: list[list[float]]) -> dict[str, Any]:
    def of(some: list[list[float]]) -> dict[str, float | int]:
        flat = [value for group in some for value in group]
        right = fmean(value > 0.999 for value in flat)
        mixed = fmean(max(group) > min(group) for group in some)
        return {
            "prompts": len(some),
            "reward": round(fmean(flat), 4),
            "right": round(right, 4),
            "mixed": round(mixed, 3),
        }

    kinds = sorted({one["kind"] for one in made})
    each = {kind: of([g for g, one in zip(groups, made, strict=True) if one["kind"] == kind]) for kind in kinds}
    return {"model": folder, **of(groups), "kinds": each}


if __name__ == "__main__":
    main()

"""The complexity H_M of a sample: how badly a model M foresees what the assistant says (ToolACE §2.2, Eq. 1)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, Protocol

from toolace.benchmarks.requests import Session, request, session
from toolace.config import Config, ModelConfig
from toolace.errors import ToolaceError
from toolace.training.packing import IGNORED, Sample, collate, families, pack, tokenize
from toolace.weights import load_tokenizer, resolve

Row = dict[str, Any]
"""A row of the dataset: `messages` and `tools` as `formats.export.row` gives them."""

_TOKENS = 1_024
"""A forward pass computes at most so many tokens (or one prompt): attention looks at all pairs of them."""
_SHARING = 8
"""At most so many samples share a prompt."""
_CONCURRENCY = 32
"""An endpoint gets at most so many requests at once."""
_request = partial(request, name="complexity.url=", fix="is a vLLM server up there?")


class Complexity(NamedTuple):
    """`loss` is H_M in nats: the mean negative log-likelihood of the assistant's tokens, ends of turn included.

    `solved`: each of these tokens is the model's first choice, so that greedy decoding gives the same answers.
    """

    loss: float
    solved: bool


class Evaluator(Protocol):
    """A model M that judges."""

    def measure(self, rows: Sequence[Row]) -> list[Complexity]:
        """Give the complexity of each row, on exactly the tokens that training would label.

        Raises:
            ToolaceError: the chat template marks no assistant tokens, or the endpoint fails.
        """
        ...


def evaluator(config: Config) -> Evaluator:
    """Load `complexity.evaluator`, else the model to be trained, once per process; with a URL only its tokenizer."""
    return _load(config.complexity.evaluator or config.model.path, config.model.template, config.complexity.url)


@cache
def _load(path: str, template: str | None, url: str | None) -> Evaluator:
    model = ModelConfig(path, template)
    return Endpoint(url, model) if url else Local(model)


class Local:
    """Transformers in this process: float32 on a CPU, the model's own precision on GPUs."""

    def __init__(self, model: ModelConfig) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        gpu = torch.cuda.is_available()
        self.tokenizer = load_tokenizer(model)
        self.model = AutoModelForCausalLM.from_pretrained(
            resolve(model.path),
            dtype="auto" if gpu else torch.float32,
            device_map="auto" if gpu else None,
            trust_remote_code=False,
        ).eval()

    def measure(self, rows: Sequence[Row]) -> list[Complexity]:
        """See `Evaluator`; rows with the same tools share their prompt."""
        samples = [tokenize(row, self.tokenizer) for row in rows]
        groups = families((row["tools"] for row in rows), _SHARING)
        sizes = [len(pack([[samples[i] for i in group]])["input_ids"]) for group in groups]
        measured: dict[int, Complexity] = {}
        for batch in batches(sizes, _TOKENS):
            packed = pack([[samples[i] for i in groups[g]] for g in batch])
            measured.update(zip((i for g in batch for i in groups[g]), self._measure(packed), strict=True))
        return [measured[i] for i in range(len(rows))]

    def _measure(self, packed: dict[str, list[int]]) -> Iterator[Complexity]:
        """One forward pass over a pack, logits only where a label is; gives the samples in their order."""
        import torch

        inputs = {name: tensor.to(self.model.device) for name, tensor in collate([packed]).items()}
        labels = inputs.pop("labels")[0, 1:]
        positions = (labels != IGNORED).nonzero().flatten()
        with torch.inference_mode():
            logits = self.model(**inputs, use_cache=False, logits_to_keep=positions).logits[0]
        owners = zip(packed["family"][1:], packed["branch"][1:], labels.tolist(), strict=True)
        counts = [*Counter((family, branch) for family, branch, label in owners if label != IGNORED).values()]
        parts = zip(torch.split(logits, counts), torch.split(labels[positions], counts), strict=True)
        return (_complexity(*part) for part in parts)


def _complexity(logits: Any, labels: Any) -> Complexity:
    from torch.nn.functional import cross_entropy

    labels = labels.to(logits.device)
    solved = bool((logits.argmax(dim=-1) == labels).all())
    return Complexity(cross_entropy(logits.float(), labels).item(), solved)


class Endpoint:
    """A vLLM server, asked for the log-probabilities and ranks of the tokens of its prompts."""

    def __init__(self, url: str, model: ModelConfig) -> None:
        self.url = url
        self.tokenizer = load_tokenizer(model)

    def measure(self, rows: Sequence[Row]) -> list[Complexity]:
        """See `Evaluator`; the requests run at once."""
        return asyncio.run(self._measure([tokenize(row, self.tokenizer) for row in rows]))

    async def _measure(self, samples: Sequence[Sample]) -> list[Complexity]:
        async with session(self.url) as client:
            model = (await _request(client, "GET", "/models"))["data"][0]["id"]
            gate = asyncio.Semaphore(_CONCURRENCY)
            return await asyncio.gather(*(_ask(client, gate, model, sample) for sample in samples))


async def _ask(client: Session, gate: asyncio.Semaphore, model: str, sample: Sample) -> Complexity:
    body = {"model": model, "prompt": sample.tokens, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 0}
    async with gate:
        reply = await _request(client, "POST", "/completions", body)
    places = reply["choices"][0].get("prompt_logprobs")
    if not places:
        raise ToolaceError(f"complexity.url={client.base_url} gives no prompt_logprobs: serve the evaluator with vLLM")
    found = [place[str(token)] for place, token in zip(places, sample.labels, strict=True) if token != IGNORED]
    return Complexity(-sum(one["logprob"] for one in found) / len(found), all(one["rank"] == 1 for one in found))


def batches(sizes: Sequence[int], most: int) -> Iterator[list[int]]:
    """Group indices in order, so that the sizes of a group sum up to at most `most` (or it has one member)."""
    batch: list[int] = []
    for index, size in enumerate(sizes):
        if batch and sum(sizes[i] for i in batch) + size > most:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch

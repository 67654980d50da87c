"""The chat templates of all families: what is trained on is what the assistant says, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from toolace.apis.sources import everyday
from toolace.config import ApisConfig, Config, DialogsConfig, ModelConfig, VerificationConfig
from toolace.dialogs.generate import generate
from toolace.dialogs.kinds import KINDS
from toolace.formats.export import row
from toolace.training.packing import IGNORED, tokenize
from toolace.weights import load_tokenizer, template_text

ENDS = {
    "compact": "<|im_end|>",
    "toolace_chatml": "<|im_end|>",
    "toolace_llama3": "<|eot_id|>",
    "toolace_mistral": "</s>",
}
"""Each template, and how it ends a turn."""
MARKS = [
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "[INST]",
    "[/INST]",
    "<s>",
    "</s>",
]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("templates")
    apis = [api for document in everyday.documents(ApisConfig()) for api in everyday.read(document)]
    (folder / "pool.jsonl").write_bytes(b"".join(msgspec.json.encode(api) + b"\n" for api in apis))
    wanted = DialogsConfig(kinds=dict.fromkeys(KINDS, 21), thoughts=True, answered=0.5)
    config = Config(workers=1, dialogs=wanted, verification=VerificationConfig(rules=["calls_parse"]))
    made = generate(config, folder / "pool.jsonl", folder / "dialogs")
    return [row(one.dialog, thoughts=number % 2 == 0) for number, one in enumerate(made) if one.verdict.ok]


@pytest.fixture(scope="module", params=ENDS)
def tokenizer(request: pytest.FixtureRequest) -> Any:
    """SmolLM2's, with the marks of all families as special tokens."""
    loaded: Any = load_tokenizer(ModelConfig(template=request.param))
    loaded.add_special_tokens({"additional_special_tokens": MARKS})
    loaded.bos_token = "<|begin_of_text|>" if request.param == "toolace_llama3" else "<s>"
    loaded.eos_token = ENDS[request.param]
    return loaded


def labelled(tokens: list[int], labels: list[int], tokenizer: Any) -> Iterator[str]:
    """Decode each run of labels."""
    run: list[int] = []
    for token, label in zip([*tokens, -1], [*labels, IGNORED], strict=True):
        if label != IGNORED:
            assert label == token
            run.append(label)
        elif run:
            yield tokenizer.decode(run)
            run = []


def test_the_labels_are_what_the_assistant_says_and_the_end_of_its_turns(
    rows: list[dict[str, Any]], tokenizer: Any
) -> None:
    assert len(rows) == 210 and {one["kind"] for one in rows} == set(KINDS)
    for one in rows:
        sample = tokenize(one, tokenizer)
        said = [turn["content"] + tokenizer.eos_token for turn in one["messages"] if turn["role"] == "assistant"]
        assert [text.removeprefix(" ") for text in labelled(sample.tokens, sample.labels, tokenizer)] == said


def test_a_prompt_is_the_beginning_of_the_whole_and_shows_the_tools(rows: list[dict[str, Any]], tokenizer: Any) -> None:
    for one in rows[::10]:
        tools = msgspec.json.decode(one["tools"])
        place = next(n for n, turn in enumerate(one["messages"]) if turn["role"] == "assistant")
        prompt = tokenizer.apply_chat_template(
            one["messages"][:place], tools=tools, add_generation_prompt=True, tokenize=False
        )
        assert tokenizer.apply_chat_template(one["messages"], tools=tools, tokenize=False).startswith(prompt)
        assert all(tool["function"]["name"] in prompt for tool in tools)


def test_every_template_for_training_is_tested_here() -> None:
    folder = Path(__file__).parents[2] / "src" / "toolace" / "prompts"
    assert {path.stem for path in folder.glob("*.jinja") if "generation" in template_text(path.stem)} >= set(ENDS)
    assert {path.stem for path in folder.glob("toolace_*.jinja")} | {"compact"} == set(ENDS)

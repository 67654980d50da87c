"""A dialog with all kinds of turns in every format, as golden values."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from toolace.formats.chat import messages_of, tools_of
from toolace.formats.known import FORMATS
from toolace.records import Call, Dialog, Message, Tool

TOOL = Tool("find", "Finds.", {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]})
DIALOG = Dialog(
    id="0-dependent-0",
    kind="dependent",
    tools=[TOOL],
    messages=[
        Message("system", "Today is Friday, 8 March 2024."),
        Message("user", "Find é and b."),
        Message(
            "assistant", calls=[Call("find", {"q": "é"}), Call("find", {"q": "b", "n": None})], thought="Two calls."
        ),
        Message("tool", '{"id": 3}', name="find"),
        Message("tool", "not JSON", name="find"),
        Message("assistant", calls=[Call("find", {"q": "3"})]),
        Message("tool", "[1.5]", name="find"),
        Message("assistant", "Found.", thought="All is there."),
    ],
)
CALLS = '[find(q="é"), find(q="b", n=None)]'


def test_training_and_serving_see_role_and_content_and_one_message_for_each_result() -> None:
    assert messages_of(DIALOG.messages) == [
        {"role": "system", "content": "Today is Friday, 8 March 2024."},
        {"role": "user", "content": "Find é and b."},
        {"role": "assistant", "content": CALLS},
        {"role": "tool", "content": '{"id": 3}'},
        {"role": "tool", "content": "not JSON"},
        {"role": "assistant", "content": '[find(q="3")]'},
        {"role": "tool", "content": "[1.5]"},
        {"role": "assistant", "content": "Found."},
    ]


def test_thoughts_are_shown_on_demand() -> None:
    plain, shown = messages_of(DIALOG.messages), messages_of(DIALOG.messages, thoughts=True)
    assert shown[2]["content"] == f"<think>\nTwo calls.\n</think>\n\n{CALLS}"
    assert shown[7]["content"] == "<think>\nAll is there.\n</think>\n\nFound."
    assert [m for i, m in enumerate(shown) if i not in (2, 7)] == [m for i, m in enumerate(plain) if i not in (2, 7)]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_drops_or_shows_thoughts(name: str) -> None:
    without = [msgspec.structs.replace(message, thought="") for message in DIALOG.messages]
    assert FORMATS[name].sample(DIALOG) == FORMATS[name].sample(msgspec.structs.replace(DIALOG, messages=without), True)
    shown = json.dumps(FORMATS[name].sample(DIALOG, True))
    assert shown.count("<think>\\nTwo calls.\\n</think>\\n\\n") == shown.count("All is there.") == 1


@pytest.mark.parametrize("name", ["fenced", "hermes", "llama3"])
def test_text_formats_differ_in_the_calls_only(name: str) -> None:
    sample = FORMATS[name].sample(DIALOG)
    assert msgspec.json.decode(sample["tools"]) == tools_of([TOOL])
    for message, turn in zip(DIALOG.messages, sample["messages"], strict=True):
        assert turn["role"] == message.role
        assert (
            FORMATS[name].parse(turn["content"]) == message.calls
            if message.calls
            else turn["content"] == message.content
        )


def test_hermes_and_llama3_texts() -> None:
    calls = DIALOG.messages[2].calls
    assert FORMATS["hermes"].render(calls) == (
        '<tool_call>\n{"name": "find", "arguments": {"q": "é"}}\n</tool_call>\n'
        '<tool_call>\n{"name": "find", "arguments": {"q": "b", "n": null}}\n</tool_call>'
    )
    assert FORMATS["llama3"].render(calls[:1]) == '{"name": "find", "parameters": {"q": "é"}}'
    assert FORMATS["llama3"].render(calls).startswith('[{"name": "find", ')


def test_openai_messages_carry_ids_and_satisfy_the_client_library() -> None:
    from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
    from pydantic import TypeAdapter

    sample = FORMATS["openai"].sample(DIALOG)
    messages = sample["messages"]
    TypeAdapter(list[ChatCompletionMessageParam]).validate_python(messages)
    TypeAdapter(list[ChatCompletionToolParam]).validate_json(sample["tools"])
    function = {"name": "find", "arguments": '{"q": "b", "n": null}'}
    assert messages[2]["tool_calls"][1] == {"id": "call00001", "type": "function", "function": function}
    assert messages[4] == {"role": "tool", "content": "not JSON", "tool_call_id": "call00001"}
    asked = [call["id"] for message in messages for call in message.get("tool_calls", [])]
    assert (
        asked == [m["tool_call_id"] for m in messages if m["role"] == "tool"] == ["call00000", "call00001", "call00002"]
    )


RESULTS = '[{"name": "find", "results": {"id": 3}}, {"name": "find", "results": "not JSON"}]'


def test_toolace_rows_look_like_the_published_ones() -> None:
    sample = FORMATS["toolace"].sample(DIALOG)
    assert sample["conversations"] == [
        {"from": "user", "value": "Find é and b."},
        {"from": "assistant", "value": CALLS},
        {"from": "tool", "value": RESULTS},
        {"from": "assistant", "value": '[find(q="3")]'},
        {"from": "tool", "value": '[{"name": "find", "results": [1.5]}]'},
        {"from": "assistant", "value": "Found."},
    ]
    assert '[{"name":"find","description":"Finds.",' in sample["system"]
    assert sample["system"].endswith("\nToday is Friday, 8 March 2024.")


def test_sharegpt_rows_follow_the_rules_of_llama_factory() -> None:
    sample = FORMATS["sharegpt"].sample(DIALOG)
    speakers = [turn["from"] for turn in sample["conversations"]]
    assert speakers == ["human", "function_call", "observation", "function_call", "observation", "gpt"]
    assert sample["conversations"][2]["value"] == RESULTS
    assert json.loads(sample["conversations"][1]["value"])[1] == {"name": "find", "arguments": {"q": "b", "n": None}}
    assert json.loads(sample["conversations"][3]["value"]) == {"name": "find", "arguments": {"q": "3"}}
    assert sample["system"] == "Today is Friday, 8 March 2024." and json.loads(sample["tools"]) == tools_of([TOOL])


def rendered(messages: list[dict[str, Any]], template: str) -> str:
    from transformers.utils.chat_template_utils import render_jinja_template

    texts, _ = render_jinja_template(conversations=[messages], tools=tools_of([TOOL]), chat_template=template)
    return str(texts[0])


@pytest.mark.slow
def test_chat_templates_render_the_text_formats_as_they_render_tool_calls() -> None:
    """What TRL trains on is the same, whether calls come as objects or as our text."""
    import trl

    import toolace

    folders = [Path(trl.__file__).parent / "chat_templates", Path(toolace.__file__).parent / "prompts"]
    for folder, template, name in (
        (folders[0], "qwen2_5_training.jinja", "hermes"),
        (folders[0], "qwen3_training.jinja", "hermes"),
        (folders[1], "compact.jinja", "toolace"),
    ):
        objects = [dict(message) for message in FORMATS["openai"].sample(DIALOG)["messages"]]
        for message, turn in zip(DIALOG.messages, objects, strict=True):
            if message.calls:
                functions = [{"name": call.name, "arguments": call.arguments} for call in message.calls]
                turn["tool_calls"] = [{"type": "function", "function": function} for function in functions]
        text = (folder / template).read_text()
        assert rendered(messages_of(DIALOG.messages, FORMATS[name].render), text) == rendered(objects, text)

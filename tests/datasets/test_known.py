import json
from typing import Any

import pytest

from toolace.datasets.known import SOURCES
from toolace.datasets.mixture import RULES
from toolace.errors import ToolaceError
from toolace.verification.rules import verify

PLANT = {
    "name": "water_plant",
    "description": "Waters one plant of the balcony.",
    "parameters": {"type": "dict", "properties": {"plant": {"type": "str"}}, "required": ["plant"]},
}
CALL = {"name": "water_plant", "arguments": {"plant": "basil"}}
ASK = "Please water the basil on my balcony."
TURNS = [
    {"from": "human", "value": ASK},
    {"from": "function_call", "value": json.dumps(CALL)},
    {"from": "observation", "value": '{"done": true}'},
    {"from": "gpt", "value": "The basil is watered."},
]
BARE = {**PLANT, "parameters": {"plant": {"type": "str", "description": "Which one."}}}
ROWS: dict[str, dict[str, Any]] = {
    "apigen_mt": {"conversations": TURNS, "tools": json.dumps([PLANT]), "system": "Be kind."},
    "chat": {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]},
    "glaive": {
        "system": f"SYSTEM: You have functions. Use them if required -\n{json.dumps(PLANT, indent=4)}\n",
        "chat": f"USER: {ASK}\n\n\nASSISTANT: <functioncall> "
        '{"name": "water_plant", "arguments": \'{"plant": "basil"}\'} <|endoftext|>\n\n\n'
        'FUNCTION RESPONSE: {"done": true}\n\n\nASSISTANT: The basil is watered. <|endoftext|>\n\n\n',
    },
    "hermes": {
        "conversations": [
            {"from": "system", "value": f"You call functions. <tools> {json.dumps([PLANT])} </tools>"},
            {"from": "human", "value": ASK},
            {"from": "gpt", "value": f"<tool_call>\n{json.dumps(CALL)}\n</tool_call>"},
            {"from": "tool", "value": '<tool_response>\n{"done": true}\n</tool_response>'},
            {"from": "gpt", "value": "The basil is watered."},
        ]
    },
    "toolace": {"system": f"Functions: {json.dumps([PLANT])} Use them.", "conversations": TURNS},
    "toolbench": {
        "conversations": [
            {"from": "system", "value": f"Specifically, you have access to the following APIs: {[PLANT]!r}"},
            {"from": "user", "value": f"\n{ASK}\nBegin!\n"},
            {"from": "assistant", "value": '\nThought: \nAction: water_plant\nAction Input: {"plant": "basil"}'},
            {"from": "function", "value": '{"done": true}'},
            {"from": "assistant", "value": 'Thought: ok\nAction: Finish\nAction Input: {"final_answer": "Done."}'},
        ]
    },
    "when2call": {
        "tools": [json.dumps(PLANT)],
        "messages": [
            {"role": "user", "content": ASK},
            {"role": "assistant", "content": f"<TOOLCALL>[{json.dumps(CALL)}]</TOOLCALL>"},
        ],
    },
    "xlam": {"query": ASK, "tools": json.dumps([BARE]), "answers": json.dumps([CALL])},
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_good_row_becomes_a_valid_dialog(name: str) -> None:
    dialog = SOURCES[name].read(ROWS[name])
    assert verify(dialog, [rule for rule in RULES if rule != "decontaminated"]).ok
    called = [call for message in dialog.messages for call in message.calls]
    assert [(call.name, call.arguments) for call in called] == ([] if name == "chat" else [tuple(CALL.values())])
    assert [message.content for message in dialog.messages if message.role == "user"] == [
        "Hi" if name == "chat" else ASK
    ]


@pytest.mark.parametrize("name", SOURCES)
def test_bad_rows_say_what_is_wrong(name: str) -> None:
    for key in ROWS[name].keys() - ({"system"} if name == "apigen_mt" else set()):
        for bad in (None, 3, "{", [3], [{"from": "nobody", "value": "x"}]):
            if (key, bad) == ("query", "{"):
                continue  # any text is a question
            with pytest.raises(ToolaceError):
                SOURCES[name].read({**ROWS[name], key: bad})

"""What share of data that we did not write the rules reject: BFCL's gold calls and API-Bank's conversations.

TOOLACE_API_BANK=FOLDER python eval/false_alarms.py [examples]

FOLDER holds API-Bank's `lv1-lv2-samples` and `test-data`. Nothing of either benchmark is written anywhere; with
`examples`, a few rejected items are printed for each cause. These dialogs have no plan but their calls, so the rules
that compare with one have nothing to do, and `decontaminated`, which rejects them all, is left out.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from toolace.benchmarks import api_bank, bfcl
from toolace.formats.calls import parse
from toolace.records import Call, Dialog, Json, Message, Plan, Tool
from toolace.verification.rules import RULES
from toolace.verification.wording import stems

CATEGORIES = ("simple_python", "multiple", "parallel")
STRUCTURE = [name for name in RULES if name not in ("values_grounded", "decontaminated")]
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object"}


def main(examples: bool) -> None:
    sources = {f"BFCL {category}": list(bfcl_dialogs(category)) for category in CATEGORIES}
    if api_bank.data_folder():
        sources["API-Bank level 1"] = list(api_bank_dialogs(api_bank.folder()))
    print("| data | dialogs | rejected by structure | by rule | rejected by values_grounded |\n|---|---|---|---|---|")
    ungrounded: list[tuple[str, Dialog]] = []
    for source, dialogs in sources.items():
        by, rejected, values = Counter[str](), 0, 0
        for dialog in dialogs:
            failed = [(name, reason) for name in STRUCTURE if (reason := RULES[name](dialog))]
            rejected += bool(failed)
            by.update(name for name, _ in failed)
            if examples:
                print(*(f"<!-- {source} {dialog.id} {name}: {reason[:150]} -->\n" for name, reason in failed), end="")
            if reason := RULES["values_grounded"](dialog):
                values += 1
                ungrounded.append((reason, dialog))
        share, said = rejected / len(dialogs), ", ".join(f"{rule} {count}" for rule, count in by.most_common())
        print(f"| {source} | {len(dialogs)} | {share:.1%} | {said or '—'} | {values / len(dialogs):.1%} |")
    report_causes(ungrounded, examples)


def report_causes(ungrounded: list[tuple[str, Dialog]], examples: bool) -> None:
    causes: dict[str, list[str]] = defaultdict(list)
    for reason, dialog in ungrounded:
        users = " ".join(m.content for m in dialog.messages if m.role == "user")
        causes[cause(reason, users, dialog)].append(f"{reason[:110]} ← {users[-140:]!r}")
    print("\n| cause of values_grounded | dialogs |\n|---|---|")
    for name, found in sorted(causes.items(), key=lambda pair: -len(pair[1])):
        print(f"| {name} | {len(found)} |")
        if examples:
            print(*(f"<!-- {one} -->" for one in found[:6]), sep="\n")


def cause(reason: str, users: str, dialog: Dialog) -> str:
    """Sort a rejection by the kind of value that was not found."""
    name, _, value = reason.removesuffix(" is in no earlier turn").partition("=")
    fields = [(tool.parameters["properties"].get(name.split(".")[0]) or {}) for tool in dialog.tools]
    if any("default" in field and repr(field["default"]) == value for field in fields):
        return "the default of the parameter, not asked for"
    if any(repr(choice) == value for field in fields for choice in field.get("enum", ())):
        return "an enum value in other words"
    if value in ("True", "False"):
        return "a switch in other words"
    if re.fullmatch(r"-?[\d.e+-]+|\[[-\d., \[\]e+]*\]", value):
        return "numbers in another form (unit, arithmetic, list)"
    if re.search(r"\d{4}-\d|\d:\d\d|\d{1,2}/\d{1,2}/|(?:19|20)\d\d'$", value):
        return "a date or time in another form"
    if value[0] in "[{":
        return "a list or object, some item in other words"
    known = stems(value) & stems(users)
    return "a name or text, partly in other words" if known else "a name or text, wholly in other words"


def bfcl_dialogs(category: str) -> Iterator[Dialog]:
    """The gold calls (of several right answers the first) as answers to the questions."""
    path = bfcl.data_folder() / "possible_answer" / f"{bfcl.FILE_PREFIX}{category}.json"
    gold = {row["id"]: row["ground_truth"] for row in bfcl.read_rows(path)}
    for case in bfcl.load_cases({category: None}, seed=0):
        calls = [Call(name, dict(_chosen(answers))) for one in gold[case.id] for name, answers in one.items()]
        yield Dialog(case.id, category, case.tools, [*case.messages, Message("assistant", calls=calls)], Plan(calls))


def _chosen(answers: dict[str, list[Json]]) -> Iterator[tuple[str, Json]]:
    """Each argument with its first right value; an empty one says that it may be left out."""
    for key, values in answers.items():
        value = values[0]
        if value == "" and "" in values:
            continue
        yield key, _inner(value)


def _inner(value: Json) -> Json:
    if isinstance(value, dict):
        return dict(_chosen(value))
    return [_inner(item) for item in value] if isinstance(value, list) else value


def api_bank_dialogs(folder: Path) -> Iterator[Dialog]:
    """Level 1 conversations, up to the assistant's last turn.

    What the assistant says before it calls in the same turn becomes its thought. API-Bank writes all values as strings:
    they are read by the type that the definition declares.
    """
    tools = _api_bank_tools(folder)
    for path in sorted((folder / "lv1-lv2-samples" / "level-1-given-desc").glob("*.jsonl")):
        messages: list[Message] = []
        for line in path.read_text().splitlines():
            if line.strip():
                messages = _continued(messages, json.loads(line))
        while messages and messages[-1].role == "user":
            messages.pop()
        if not messages:
            continue
        messages = [msgspec.structs.replace(m, calls=[_typed(call, tools) for call in m.calls]) for m in messages]
        calls = [call for message in messages for call in message.calls]
        names = dict.fromkeys(call.name for call in calls)
        yield Dialog(path.stem, "level-1", [tools[name] for name in names], messages, Plan(calls))


def _continued(messages: list[Message], row: dict[str, Any]) -> list[Message]:
    spoken = messages and messages[-1].role == "assistant" and messages[-1].content
    if row["role"] == "User":
        return [*messages, Message("user", row["text"])]
    if row["role"] == "AI":
        if spoken:
            return [*messages[:-1], Message("assistant", f"{messages[-1].content} {row['text']}")]
        return [*messages, Message("assistant", row["text"])]
    thought = messages[-1].content if spoken else ""
    call = Call(row["api_name"], row["param_dict"])
    result = Message("tool", json.dumps(row["result"]), name=row["api_name"])
    return [*(messages[:-1] if spoken else messages), Message("assistant", calls=[call], thought=thought), result]


def _typed(call: Call, tools: dict[str, Tool]) -> Call:
    fields = tools[call.name].parameters["properties"]
    literal = {key for key, field in fields.items() if field["type"] != "string"}
    return Call(
        call.name,
        {
            k: parse(f"f(a={v})")[0].arguments["a"] if k in literal and isinstance(v, str) else v
            for k, v in call.arguments.items()
        },
    )


def _api_bank_tools(folder: Path) -> dict[str, Tool]:
    tools: dict[str, Tool] = {}
    for path in sorted((folder / "test-data").glob("level-1-*.json")):
        for row in msgspec.json.decode(path.read_bytes()):
            for line in row["instruction"].splitlines():
                if line.startswith('{"name"'):
                    one = json.loads(line)
                    fields = {name: _field(field) for name, field in one["input_parameters"].items()}
                    tools[one["name"]] = Tool(one["name"], one["description"], {"type": "object", "properties": fields})
    return tools


def _field(field: dict[str, str]) -> dict[str, Any]:
    kind, _, item = field["type"].rstrip(")").partition("(")
    schema: dict[str, Any] = {"type": _TYPES[kind], "description": field["description"]}
    return schema | ({"items": {"type": _TYPES[item]}} if item else {})


if __name__ == "__main__":
    main("examples" in sys.argv[1:])

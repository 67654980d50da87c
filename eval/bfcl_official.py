"""The leaderboard's own `eval_runner` on texts from standard input; see bfcl_parity.py.

Packages that only other categories and other models need are replaced by empty modules.
"""

import contextlib
import json
import sys
import types
from functools import cache
from itertools import count
from typing import Any
from unittest.mock import MagicMock

for name in ("sentence_transformers", "faiss", "html2text", "serpapi"):
    sys.modules[name] = MagicMock()
table = types.ModuleType("bfcl_eval.constants.model_config")
table.__dict__["MODEL_CONFIG_MAPPING"] = {"official": types.SimpleNamespace(underscore_to_dot=False)}
sys.modules[table.__name__] = table

from bfcl_eval.constants.enums import Language, ReturnFormat  # noqa: E402
from bfcl_eval.eval_checker import eval_runner  # noqa: E402
from bfcl_eval.model_handler.utils import (  # noqa: E402
    default_decode_ast_prompting,
    default_decode_execute_prompting,
    parse_prompt_variation_params,
)
from bfcl_eval.utils import load_dataset_entry, load_ground_truth_entry  # noqa: E402

NUMBERS = count()
LANGUAGES = {
    "simple_java": (Language.JAVA, ReturnFormat.JAVA),
    "simple_javascript": (Language.JAVASCRIPT, ReturnFormat.JAVASCRIPT),
}


class Handler:
    """What `bfcl evaluate` makes of a model that is prompted."""

    def decode_execute(self, result: str, has_tool_call_tag: bool) -> list[str]:
        return default_decode_execute_prompting(result, has_tool_call_tag)

    def decode_ast(self, result: str, language: ReturnFormat, has_tool_call_tag: bool) -> Any:
        return default_decode_ast_prompting(result, language, has_tool_call_tag)


@cache
def entries(category: str) -> dict[str, Any]:
    return {entry["id"]: entry for entry in load_dataset_entry(category, include_language_specific_hint=False)}


@cache
def truths(category: str) -> dict[str, Any]:
    return {entry["id"]: entry["ground_truth"] for entry in load_ground_truth_entry(category)}


@cache
def formatted() -> dict[str, Any]:
    """The official runner pairs the cases and the answers of format sensitivity in their order."""
    gold = [entry["ground_truth"] for entry in load_ground_truth_entry("format_sensitivity")]
    return dict(zip(entries("format_sensitivity"), gold, strict=True))


def judge(case: str, category: str, text: str) -> dict[str, Any]:
    entry = entries(category)[case]
    if category.startswith("multi_turn"):
        name = f"official{next(NUMBERS)}"  # the worlds of a name are kept for ever
        found = eval_runner._evaluate_single_multi_turn_entry(
            Handler(), case, json.loads(text), truths(category)[case], dict(entry), name, category
        )
        return {"valid": found["valid"], "error_type": found.get("error", {}).get("error_type", "")}
    if category.startswith("memory"):
        truth = truths(category)[case.replace(category, "memory")]
        found = eval_runner._evaluate_single_agentic_entry(
            Handler(), case, json.loads(text), truth, dict(entry), "official", category
        )
        return {"valid": found["valid"], "error_type": found.get("error", {}).get("error_type", "")}
    if "relevance" in category:
        return eval_runner._evaluate_single_relevance_entry(Handler(), case, text, entry, "official", category)
    if category == "format_sensitivity":
        form, tag, *_ = parse_prompt_variation_params(case.split(":")[1])
        return eval_runner._evaluate_single_ast_entry(
            Handler(),
            case,
            text,
            formatted()[case],
            dict(entry),
            "official",
            category,
            Language.PYTHON,
            ReturnFormat(form),
            tag,
        )
    language, form = LANGUAGES.get(category, (Language.PYTHON, ReturnFormat.PYTHON))
    truth = truths(category)[case]
    return eval_runner._evaluate_single_ast_entry(
        Handler(), case, text, truth, entry, "official", category, language, form
    )


verdicts = sys.stdout
with contextlib.redirect_stdout(sys.stderr):
    for line in sys.stdin:
        one = json.loads(line)
        try:
            found = judge(one["id"], one["category"], one["text"])
        except Exception as error:  # the leaderboard's run would end here
            found = {"valid": False, "error_type": f"crash: {type(error).__name__}"}
        verdicts.write(json.dumps({"valid": found["valid"], "error_type": found.get("error_type", "")}) + "\n")

"""Run BFCL's own checker: answers come in as JSON lines, verdicts go out as JSON lines.

This is the program behind `toolace.benchmarks.bfcl.check`. It alone imports `bfcl_eval`, so that the stub of the
leaderboard's model table (which would import every vendor's client) stays in this process. A text is decoded as the
leaderboard does for models that are prompted; native calls come decoded.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import re
import sys
import types
from collections.abc import Callable
from functools import cache
from typing import Any, TextIO

from toolace.benchmarks.bfcl import CATEGORIES, FILE_PREFIX, LANGUAGES, WITHOUT_GOLD, data_folder, read_rows
from toolace.benchmarks.bfcl_decoding import UnreadableError, bracketed, decode, read
from toolace.benchmarks.isolation import isolate
from toolace.errors import ToolaceError
from toolace.records import Json

MAX_REASON = 500
_TAGGED = re.compile(r"<TOOLCALL>(.*?)</TOOLCALL>", re.DOTALL)
_MODEL = "toolace"


def main() -> int:
    """Judge the answers on standard input, at most so many seconds long as the argument says; returns the exit code."""
    isolate(float(sys.argv[1]))
    answers = [json.loads(line) for line in sys.stdin.buffer]
    verdicts = sys.stdout
    # The official converters print to standard output when they cannot read a value.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            _judge_all(answers, verdicts)
        except ToolaceError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def _judge_all(answers: list[dict[str, Json]], verdicts: TextIO) -> None:
    ast_checker = _load_ast_checker()
    gold = cache(_gold)
    for answer in answers:
        calls, reason = _decoded(answer)
        if answer["category"] in WITHOUT_GOLD:
            verdict = _judge_relevance(answer, _are_calls(calls) and bool(calls))
        elif reason:
            verdict = _verdict(answer, "ast_decoder:decoder_failed", reason)
        elif not _are_calls(calls):
            reason = "Did not output in the specified format."
            verdict = _verdict(answer, "ast_decoder:decoder_wrong_output_format", reason)
        else:
            entry = gold(_source(answer)).get(answer["id"].rpartition(":")[2])
            if entry is None:
                raise ToolaceError(f"BFCL's category {answer['category']!r} has no case {answer['id']!r}.")
            verdict = _judge_calls(answer, calls, entry, ast_checker)
        # Flushed line by line: when time runs out, the caller can tell which case took it.
        print(json.dumps(verdict), file=verdicts, flush=True)


def _decoded(answer: dict[str, Json]) -> tuple[Any, str]:
    """Give the calls of an answer, or why it cannot be decoded."""
    text, language = answer["text"], LANGUAGES.get(answer["category"], "Python")
    if text is None:
        if answer["calls"] is None:
            return None, "The answer is not a list of calls."
        return [_as_source(call) if language != "Python" else call for call in answer["calls"]], ""
    try:
        if answer["category"] == "format_sensitivity":
            return _in_its_form(answer["id"], text), ""
        return (decode(text) if language == "Python" else _source_parser(language)(text)), ""
    except Exception as error:  # the official parsers of Java and JavaScript raise whatever they like
        return None, f"{type(error).__name__}: {error}"


def _in_its_form(case: str, text: str) -> Any:
    """Read a text in the form that its case asks for; the official parsers of JSON and XML run nothing."""
    asked = dict(part.split("=") for part in case.split(":")[1].split("&"))
    tagged = asked["tool_call_tag"] == "True"
    if asked["ret_fmt"] != "python":
        forms = importlib.import_module("bfcl_eval.constants.enums").ReturnFormat
        utils = importlib.import_module("bfcl_eval.model_handler.utils")
        return utils.default_decode_ast_prompting(text, forms(asked["ret_fmt"]), tagged)
    text = bracketed(text)
    if tagged:
        if not (match := _TAGGED.search(text)):
            raise UnreadableError("no tag around the calls")
        text = match[1].strip()
    return read(text)


def _source(answer: dict[str, Json]) -> str:
    """The category whose data holds the case: format sensitivity asks questions of others."""
    if answer["category"] != "format_sensitivity":
        return str(answer["category"])
    return max((one for one in CATEGORIES if answer["id"].rpartition(":")[2].startswith(f"{one}_")), key=len)


def _are_calls(decoded: Any) -> bool:
    """The official `is_function_calling_format_output`: the parsers of other languages may give anything."""
    return isinstance(decoded, list) and all(
        isinstance(one, dict) and len(one) == 1 and isinstance(next(iter(one.values())), dict) for one in decoded
    )


@cache
def _source_parser(language: str) -> Callable[[str], list[dict[str, Any]]]:
    """The official parser of Java or JavaScript calls; it reads syntax trees and runs nothing."""
    short = {"Java": "java", "JavaScript": "js"}[language]
    module: Any = importlib.import_module(f"bfcl_eval.model_handler.parser.{short}_parser")
    parse = getattr(module, f"parse_{language.lower()}_function_call")

    def run(text: str) -> list[dict[str, Any]]:
        text = text.strip("`\n ")
        inside = text.removeprefix("[").removesuffix("]")
        calls: list[dict[str, Any]] = parse(inside)
        return calls

    return run


def stub_model_table() -> None:
    """Let the official code see a model table of one model, whose names keep their dots, and no vendor's client."""
    stub = types.ModuleType("bfcl_eval.constants.model_config")
    stub.__dict__["MODEL_CONFIG_MAPPING"] = {_MODEL: types.SimpleNamespace(underscore_to_dot=False)}
    sys.modules[stub.__name__] = stub


def _load_ast_checker() -> Callable[..., dict[str, Json]]:
    stub_model_table()
    checker: Any = importlib.import_module("bfcl_eval.eval_checker.ast_eval.ast_checker")
    languages = importlib.import_module("bfcl_eval.constants.enums").Language

    def run(functions: Json, calls: Json, truth: Json, language: str, category: str) -> dict[str, Json]:
        result: dict[str, Json] = checker.ast_checker(
            functions, calls, truth, languages[language.upper()], category, _MODEL
        )
        return result

    return run


def _gold(category: str) -> dict[str, tuple[Json, Json]]:
    """Function documents and ground truth of each case. The official runner pairs the two files in order, too."""
    name = f"{FILE_PREFIX}{category}.json"
    functions = {row["id"]: row["function"] for row in read_rows(data_folder() / name)}
    truth = {row["id"]: row["ground_truth"] for row in read_rows(data_folder() / "possible_answer" / name)}
    return {case_id: (functions[case_id], truth[case_id]) for case_id in functions.keys() & truth.keys()}


def _judge_relevance(answer: dict[str, Json], called: bool) -> dict[str, Json]:
    """The official rule: text that is no list of calls, and an empty list, count as no call."""
    if "irrelevance" in answer["category"]:
        error = ("irrelevance_error:decoder_success", "It calls although no tool fits.") if called else ("", "")
    else:
        error = ("", "") if called else ("relevance_error:decoder_failed", "It does not call although a tool fits.")
    return _verdict(answer, *error)


def _judge_calls(
    answer: dict[str, Json], calls: Json, gold: tuple[Json, Json], ast_checker: Callable[..., dict[str, Json]]
) -> dict[str, Json]:
    language = LANGUAGES.get(answer["category"], "Python")
    functions, truth = gold
    try:
        # The official runner gives format sensitivity's question instead of its category.
        formatted = answer["category"] == "format_sensitivity"
        category = answer["id"].rpartition(":")[2] if formatted else answer["category"]
        result = ast_checker(functions, calls, truth, language, category)
    except Exception as error:
        raise ToolaceError(
            f"the official checker raised {type(error).__name__} ({error}) on case {answer['id']!r}."
        ) from error
    if result["valid"]:
        return _verdict(answer, "", "")
    return _verdict(answer, result["error_type"], "; ".join(map(str, result["error"])))


def _as_source(call: dict[str, dict[str, Json]]) -> dict[str, dict[str, str]]:
    """Give values back as source text: the official Java and JavaScript decoders read every value as its text."""
    return {
        name: {key: value if isinstance(value, str) else json.dumps(value) for key, value in arguments.items()}
        for name, arguments in call.items()
    }


def _verdict(answer: dict[str, Json], error_type: str, reason: str) -> dict[str, Json]:
    return {"id": answer["id"], "ok": not error_type, "error_type": error_type, "reason": reason[:MAX_REASON]}


if __name__ == "__main__":
    sys.exit(main())

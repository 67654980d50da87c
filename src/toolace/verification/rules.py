"""The rule layer of Dual-Layer Verification (ToolACE §2.3, Table 4): pure functions from a dialog to a reason or None.

A new rule is one function plus one line in `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from toolace.benchmarks.decontamination import TestSet, api_match, load, question_match
from toolace.records import Dialog, Verdict
from toolace.verification.conversation import (
    lengths_bounded,
    no_repetition,
    response_complete,
    results_follow_calls,
    roles_in_order,
    turns_complete,
)
from toolace.verification.formatting import format_obeyed
from toolace.verification.language import characters_valid, one_script, templates_rendered
from toolace.verification.plan import agrees_with_plan, links_traced, missing_asked_for, values_as_said
from toolace.verification.structure import (
    arguments_complete,
    calls_fit_schema,
    calls_parse,
    names_known,
    tools_well_defined,
)
from toolace.verification.values import values_grounded


def decontaminated(dialog: Dialog) -> str | None:
    """No benchmark function is offered, no benchmark question asked."""
    for tool in dialog.tools:
        if match := _test_function(tool.name, tool.description):
            return f"{tool.name} is the test function {match}"
    for message in dialog.messages:
        if message.role == "user" and (match := question_match(_test_set(), message.content)):
            return f"the user asks the test question {match}"
    return None


RULES: dict[str, Callable[[Dialog], str | None]] = {
    # Dialog correctness
    "turns_complete": turns_complete,
    "roles_in_order": roles_in_order,
    "lengths_bounded": lengths_bounded,
    "characters_valid": characters_valid,
    "templates_rendered": templates_rendered,
    "one_script": one_script,
    "response_complete": response_complete,
    "no_repetition": no_repetition,
    # API definition clarity and function-calling executability
    "tools_well_defined": tools_well_defined,
    "names_known": names_known,
    "arguments_complete": arguments_complete,
    "calls_fit_schema": calls_fit_schema,
    "calls_parse": calls_parse,
    # Data sample consistency
    "results_follow_calls": results_follow_calls,
    "format_obeyed": format_obeyed,
    "agrees_with_plan": agrees_with_plan,
    "values_as_said": values_as_said,
    "links_traced": links_traced,
    "missing_asked_for": missing_asked_for,
    "values_grounded": values_grounded,
    "decontaminated": decontaminated,
}


def verify(dialog: Dialog, rules: Sequence[str]) -> Verdict:
    """Apply the named rules in order; the first that fails decides."""
    for name in rules:
        if reason := RULES[name](dialog):
            return Verdict(False, name, reason)
    return Verdict(True)


@cache
def _test_set() -> TestSet:
    return load()


@lru_cache(maxsize=100_000)
def _test_function(name: str, description: str) -> str | None:
    return api_match(_test_set(), name, description)

import pytest

from toolace.benchmarks.cases import Answer
from toolace.benchmarks.comparison import KINDS, Paired, kind_of_error, paired
from toolace.records import Call, Verdict

CALLED = Answer("1", "multiple", [Call("f", {})], True)
SPOKEN = Answer("1", "multiple", None)
BROKEN = Answer("1", "multiple", None, True)


@pytest.mark.parametrize(
    ("answer", "rule", "kind"),
    [
        (CALLED, "simple_function_checker:wrong_func_name", "wrong_function"),
        (CALLED, "wrong_name", "wrong_function"),
        (CALLED, "simple_function_checker:missing_optional", "missing_argument"),
        (CALLED, "simple_function_checker:unexpected_param", "extra_argument"),
        (CALLED, "type_error:nested", "wrong_type"),
        (CALLED, "value_error:list/tuple", "wrong_value"),
        (CALLED, "parallel_function_checker_no_order:cannot_find_match", "wrong_value"),
        (CALLED, "parallel_function_checker_no_order:wrong_count", "wrong_count"),
        (CALLED, "wrong_count", "wrong_count"),
        (CALLED, "irrelevance_error:decoder_success", "over_calling"),
        (SPOKEN, "relevance_error:decoder_failed", "under_calling"),
        (SPOKEN, "ast_decoder:decoder_failed", "under_calling"),
        (BROKEN, "ast_decoder:decoder_failed", "unparsable"),
        (SPOKEN, "no_call", "under_calling"),
        (SPOKEN, "multi_turn:instance_state_mismatch", "wrong_state"),
        (SPOKEN, "multi_turn:force_terminated", "never_ending"),
    ],
)
def test_errors_of_all_benchmarks_are_of_a_few_kinds(answer: Answer, rule: str, kind: str) -> None:
    assert kind_of_error(answer, Verdict(False, rule)) == kind
    assert kind in KINDS


def test_a_right_answer_has_no_kind_of_error() -> None:
    assert kind_of_error(CALLED, Verdict(True)) == ""


def test_two_models_are_compared_on_the_cases_of_both() -> None:
    first = {"a": True, "b": True, "c": False, "only here": True}
    second = {"a": True, "b": False, "c": True, "only there": True}
    assert paired(first, second) == Paired(1, 1, 1.0)
    many = {str(i): True for i in range(10)}
    pair = paired(many, dict.fromkeys(many, False))
    assert pair == Paired(10, 0, pytest.approx(2 / 2**10))
    assert paired({}, {}) == Paired(0, 0, 1.0)

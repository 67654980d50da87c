import asyncio
from typing import Any

import pytest

from toolace.benchmarks.bfcl import load_cases as load_others
from toolace.benchmarks.bfcl_formats import check, configs, load_cases, summary
from toolace.benchmarks.bfcl_prompts import prompts
from toolace.benchmarks.cases import Answer, Case
from toolace.benchmarks.endpoint import replies
from toolace.config import EvaluateConfig, OtherModelConfig
from toolace.errors import ToolaceError

CASES = load_cases({"format_sensitivity": None}, 0)


def of_form(form: str, tag: bool) -> Case:
    return next(case for case in CASES if f":ret_fmt={form}&tool_call_tag={tag}&" in case.id)


def rule(case: Case, text: str) -> str:
    (verdict,) = check([Answer(case.id, case.category, None, text=text)])
    return verdict.rule or "ok"


def test_each_of_200_questions_is_asked_in_26_ways() -> None:
    assert len(CASES) == 5200 and len(set(configs())) == 26
    assert CASES[27].id.split(":") == ["format_sensitivity_27", list(configs())[1], CASES[26].id.split(":")[2]]
    assert len(load_cases({"format_sensitivity": 9}, 1)) == 9


# Each is the first question, the area of a triangle of base 6 and height 10.
FORMS = {
    "python": "[calc_area_triangle(base=6, height=10)]",
    "json": '[{"function": "calc_area_triangle", "parameters": {"base": 6, "height": 10}}]',
    "verbose_xml": "<functions><function name='calc_area_triangle'><params>"
    "<param name='base' value='6' type='integer'/><param name='height' value='10' type='integer'/>"
    "</params></function></functions>",
    "concise_xml": "<functions><function name='calc_area_triangle'><param name='base' type='integer'>6</param>"
    "<param name='height' type='integer'>10</param></function></functions>",
}


@pytest.mark.parametrize("tag", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_an_answer_is_read_in_the_form_that_was_asked_for(form: str, tag: bool) -> None:
    case = of_form(form, tag)
    name = case.tools[0].name
    texts = {one: text.replace("calc_area_triangle", name) for one, text in FORMS.items()}
    texts = {one: f"<TOOLCALL>{text}</TOOLCALL>" if tag else text for one, text in texts.items()}
    assert rule(case, texts[form]) not in ("ast_decoder:decoder_failed", "ast_decoder:decoder_wrong_output_format")
    others = [text for one, text in texts.items() if one != form and not (form.endswith("xml") and one.endswith("xml"))]
    assert {rule(case, text) for text in others} <= {
        "ast_decoder:decoder_failed",
        "ast_decoder:decoder_wrong_output_format",
        "simple_function_checker:wrong_count",
        "multiple_function_checker:wrong_count",
        "parallel_function_checker_no_order:wrong_count",
    }
    if tag:
        assert rule(case, texts[form].replace("<TOOLCALL>", "")) == "ast_decoder:decoder_failed"


def test_the_summary_is_the_leaderboards() -> None:
    assert summary({"format_sensitivity_0:a:x": True, "format_sensitivity_1:b:x": False}) == (100, 50)
    assert summary({f"format_sensitivity_{n}:{'ab'[n % 2]}:x": n < 3 for n in range(4)}) == (50, 25)


def test_prompts_are_the_leaderboards_own_words() -> None:
    cases = [of_form("json", True), *load_others({"simple_java": 1, "irrelevance": 1}, 0)]
    made = prompts([*cases, Case("x", "api_bank_level_1", [], [])])
    assert list(made) == [case.id for case in cases]
    for case in cases:
        system, *said = made[case.id]
        assert system.role == "system" and said[-1].content == case.messages[-1].content
        assert all(tool.name in system.content for tool in case.tools)
    assert "<TOOLCALL>" in made[cases[0].id][0].content and "Java 8 SDK" in made[cases[1].id][0].content


def test_models_are_asked_in_those_words_and_never_natively(chat_endpoint: Any) -> None:
    seen: list[dict[str, Any]] = []

    def answers(body: dict[str, Any], headers: dict[str, str]) -> Any:
        seen.append(body)
        return {"choices": [{"message": {"content": "Hm."}}], "usage": {"completion_tokens": 1}}

    async def ask(mode: str | None) -> None:
        other = OtherModelConfig(mode=mode) if mode else None
        async for _ in replies(chat_endpoint(answers), CASES[:1], EvaluateConfig(), other):
            pass

    asyncio.run(ask("prompt"))
    asyncio.run(ask(None))  # our own models, too
    assert len(seen) == 2 and not any("tools" in body for body in seen)
    assert all(body["messages"][0]["content"].startswith("You are an expert") for body in seen)
    with pytest.raises(ToolaceError, match="leave it out for models in native mode"):
        asyncio.run(ask("native"))

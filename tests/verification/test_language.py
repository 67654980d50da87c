import pytest
from tests.verification.dialogs import booking, talk

from toolace.verification.rules import RULES


@pytest.mark.parametrize("mark", ["\x00", "\x1b[0m", "\x7f", "\ufffd", "\ufeff", "\u202e", "\ue000", "\ud83d"])
def test_invalid_characters_are_rejected_in_text_and_arguments(mark: str) -> None:
    assert RULES["characters_valid"](talk("Hello.", f"Hi{mark}."))
    assert RULES["characters_valid"](booking("Hello.", {"guests": 4, "tags": [f"a{mark}"]}))


def test_other_characters_pass() -> None:
    assert RULES["characters_valid"](talk("Grüße, 你好\n\t“x” – 😀 👩‍💻", "½ €.")) is None


@pytest.mark.parametrize("mark", ["{city}", "{when.date}", "{{name}}", "${x}", "<|im_end|>", "[/INST]", "%(name)s"])
def test_marks_of_templates_are_rejected_unless_they_are_values(mark: str) -> None:
    assert RULES["templates_rendered"](talk(f"Book {mark} now.", "Yes."))
    assert RULES["templates_rendered"](booking(f"Tag it {mark}.", {"guests": 4, "tags": [f"a {mark}"]})) is None


def test_braces_of_json_pass() -> None:
    assert RULES["templates_rendered"](talk('Is {"a": {"b": 1}} right, or {1, 2}?', "Yes.")) is None


@pytest.mark.parametrize(
    "texts",
    [
        ("How is the weather 请告诉我明天上海的天气 tomorrow?", "Fine."),
        ("How is the weather?", "Завтра будет хорошая погода в городе."),
        ("How is the weаther?", "Fine."),  # with a Cyrillic а
    ],
)
def test_mixed_scripts_are_rejected(texts: tuple[str, str]) -> None:
    assert RULES["one_script"](talk(*texts))


@pytest.mark.parametrize(
    "texts",
    [
        ('Translate "请告诉我明天上海的天气怎么样" for me, please.', "It asks for the weather of tomorrow."),
        ("Who is Лев Толстой, and where is 北京大学?", "A writer, and a university."),
        ("请告诉我 Paris 明天的天气怎么样,用 Celsius。", "明天晴天,二十度。"),
        ("How far is α from Ω in Zürich?", "Far."),
        ("天気を教えてください。カタカナもあります。", "はい、わかりました。"),
    ],
)
def test_names_quotations_and_loan_words_pass(texts: tuple[str, str]) -> None:
    assert RULES["one_script"](talk(*texts)) is None


def test_what_an_argument_quotes_may_be_in_another_script() -> None:
    text = "подскажите пожалуйста какая сегодня погода"
    assert (
        RULES["one_script"](booking(f"Post this for all of my friends: {text}", {"guests": 1, "tags": [text]})) is None
    )
    assert RULES["one_script"](booking(f"Post this for all of my friends: {text}", {"guests": 1}))

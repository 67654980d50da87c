import json
from typing import Any

from tests.test_train import row

from toolace.config import AugmentConfig
from toolace.training.augmentation import augmented


def names(given: dict[str, Any]) -> list[str]:
    return [tool["function"]["name"] for tool in json.loads(given["tools"])]


def test_masked_functions_have_numbers_in_tools_and_calls() -> None:
    made = augmented(row(2), AugmentConfig(masked=1.0), seed=0)
    assert sorted(names(made)) == ["func_1", "func_2"]
    called = names(made)[names(row(2)).index("get_time")]
    assert made["messages"][1]["content"] == f'[{called}(city="Rome")]'
    assert row(2)["messages"][0] == made["messages"][0]


def test_a_sample_whose_words_name_a_function_stays_as_it_is() -> None:
    told = row(1, "I can use get_time for that.")
    assert augmented(told, AugmentConfig(masked=1.0), seed=0) == told


def test_samples_of_the_same_tools_are_varied_alike_and_shuffling_keeps_the_tools() -> None:
    augment = AugmentConfig(masked=0.5, shuffled=True)
    made = [
        augmented(row(2, words), augment, seed) for seed in range(20) for words in ("[wait()]", '[get_time(city="A")]')
    ]
    assert all(one["tools"] == other["tools"] for one, other in zip(made[::2], made[1::2], strict=True))
    orders = {tuple(names(augmented(row(2), AugmentConfig(shuffled=True), seed))) for seed in range(20)}
    assert orders == {("get_time", "wait"), ("wait", "get_time")}
    masked = sum("func_1" in names(one) for one in made)
    assert 0 < masked < len(made)

from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.dialogs.slots import filled, left_in, replaced, slots
from toolace.records import Said

WORDS = st.text(st.characters(categories=("L", "N", "P", "Zs"), exclude_characters="[]"), min_size=1, max_size=12)


def test_slots_have_the_names_of_arguments_and_no_two_the_same() -> None:
    said = [Said("0.mass", 1.5, "1.5"), Said("1.mass", 2, "2 kg"), Said("0.points.1.0", [3], "3"), Said("0.x", 5, "5")]
    given = slots(said, ["1.5", "2 kg", "3", "find_hotel", "1.5"])
    assert given == {"1.5": "[mass]", "2 kg": "[mass2]", "3": "[points]", "find_hotel": "[tool]"}


def test_whole_words_are_replaced_the_longest_first_and_all_at_once() -> None:
    given = {"3": "[a]", "3 March": "[b]", "[a]": "[c]"}
    assert replaced(given, "3 on 3 March, not 13 or 3rd: [a]") == "[a] on [b], not 13 or 3rd: [c]"
    assert replaced({}, "as it is") == "as it is"


def test_a_slot_that_nothing_fills_is_found_and_a_list_is_none() -> None:
    assert left_in("a card for [guest's name2], please") == "[guest's name2]"
    assert left_in('use ["bacon", "rice"] at [20, 10] or [-1] and [red, blue]') is None


@given(st.lists(WORDS, max_size=6), st.lists(WORDS, max_size=12))
@settings(max_examples=500)
def test_what_was_replaced_is_put_back(words: list[str], text: list[str]) -> None:
    given = slots([], words)
    whole = " ".join([*text, *words])
    assert filled(given, replaced(given, whole)) == whole

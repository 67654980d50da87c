from hypothesis import given
from hypothesis import strategies as st

from toolace.apis.near_duplicates import NearDuplicates, _features
from toolace.records import Api

DESCRIPTION = "Give the opening hours of a public library on a day of the week, holidays of the state included."


def api(name: str, description: str = DESCRIPTION, *parameters: str) -> Api:
    fields = {parameter: {"type": "string", "description": "It."} for parameter in parameters}
    return Api(name, description, {"type": "object", "properties": fields})


def test_the_same_under_another_version_is_found() -> None:
    seen = NearDuplicates(0.9)
    assert seen.add(api("library.hours", DESCRIPTION, "day")) is None
    assert seen.add(api("library.hours", DESCRIPTION.replace("Give", "give"), "day")) == "library.hours"


def test_another_verb_or_other_parameters_make_another_api() -> None:
    seen = NearDuplicates(0.9)
    names = ("delete_tag", "get_tag", "update_tag")
    for verb, name in zip(("Deletes", "Gets", "Updates"), names, strict=True):
        text = f"{verb} one of the tags that the owner of the account gave to a photo of the album."
        assert seen.add(api(name, text, "album", "photo", "tag")) is None
    assert seen.add(api("get_tag", "Gets one of the tags.", "owner", "city", "month")) is None


words = st.lists(st.sampled_from([f"w{i}" for i in range(30)]), min_size=12, max_size=30)


@given(st.lists(words, max_size=12))
def test_what_is_called_a_duplicate_is_one_and_equal_ones_are_always_found(texts: list[list[str]]) -> None:
    seen, kept = NearDuplicates(0.8), {}
    for number, text in enumerate(texts):
        one = api(f"f{number}", " ".join(text))
        twin = seen.add(one)
        if twin is None:
            kept[one.name] = one
        else:
            mine, its = _features(one), _features(kept[twin])
            assert len(mine & its) / len(mine | its) >= 0.8
        assert seen.add(one) in kept

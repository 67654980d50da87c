import pytest

from toolace.benchmarks import leaderboard
from toolace.benchmarks.published import ablations, chosen, in_order, published, reference
from toolace.benchmarks.suite import benchmarks
from toolace.cli import conf_dir
from toolace.errors import ToolaceError
from toolace.sweeps import ablations as ours


def test_published_scores_are_those_of_our_categories(tmp_path_factory: pytest.TempPathFactory) -> None:
    known = {name for one in benchmarks(tmp_path_factory.mktemp("data")) for name in one.CATEGORIES}
    models = published(known)
    assert len(models) > 10
    assert all(set(one.scores) <= known and one.origin and one.date for one in models)
    assert all(0 <= score <= 1 for one in models for score in (*one.scores.values(), *one.groups.values()))


def test_only_models_with_a_score_in_the_asked_categories_are_given() -> None:
    models = published(["api_bank_level_1"])
    assert {one.model: one.scores for one in models}["ToolACE-8B"] == {"api_bank_level_1": 0.7594}
    assert {one.source for one in models} == {"API-Bank, in the paper"} and published([]) == []


def test_published_groups_follow_from_published_categories() -> None:
    """Copied right: the leaderboard's formula gives its groups back."""
    categories = {*leaderboard.LIVE, *leaderboard.MULTI_TURN, *leaderboard.SIMPLE, "multiple", "parallel"}
    for one in published({*categories, "parallel_multiple", "irrelevance", "live_irrelevance"}):
        if one.groups:
            computed = leaderboard.v4(one.scores)
            for name in ("non_live", "live", "irrelevance", "multi_turn"):
                assert computed[name] == pytest.approx(one.groups[name], abs=2e-4), (one.model, name)


def test_models_are_chosen_by_the_beginning_of_their_names() -> None:
    found = chosen(["gpt-4", "ToolACE-2"], ["simple_python"])
    assert [one.model for one in found][-1] == "ToolACE-2-8B (FC)" and all(one.model for one in found)
    with pytest.raises(ToolaceError, match="no published scores of 'ToolACE-9'"):
        chosen(["ToolACE-9"], ["simple_python"])


def test_the_papers_ablations_are_shares_with_a_reference_among_them() -> None:
    known = ablations()
    assert set(known) == {
        *("verification", "complexity", "diversity", "scale", "backbone"),
        *("data", "types", "evaluator", "data_scale", "augmentation"),
    }
    assert known["verification"].variants["both"]["overall"] == 0.9141 and "Fig. 3" in known["verification"].figure
    for one in known.values():
        assert one.reference in one.variants or not one.variants
        assert all(0 <= share <= 1 for scores in one.variants.values() for share in scores.values())
        assert all("overall" in scores for scores in one.variants.values())


def test_published_variants_have_the_names_of_ours() -> None:
    configs = ours(conf_dir())
    for name, one in ablations().items():
        assert one.reference in configs[name] and set(one.variants) <= set(configs[name]), name


def test_variants_stand_in_the_papers_order_or_by_size() -> None:
    assert in_order("verification", ["new", "both", "none"]) == ["none", "both", "new"]
    assert in_order("data_scale", ["tokens_120k", "tokens_60k", "all"]) == ["tokens_60k", "tokens_120k", "all"]
    assert reference("verification", ["none", "both", "new"]) == "both"
    assert reference("data_scale", ["tokens_30k", "tokens_60k"]) == "tokens_60k"

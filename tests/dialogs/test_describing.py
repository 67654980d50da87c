import pytest

from toolace.dialogs.describing import Phrase, bare, definite, head_of, phrase_of


@pytest.mark.parametrize(
    ("description", "phrase"),
    [
        (
            "Deletes the specified LbTrafficExtension resource.",
            Phrase(False, "delete", "the lb traffic extension", False),
        ),
        (
            "This endpoint returns a list of all users in your account.",
            Phrase(True, "return", "users in my account", True),
        ),
        ("Use this endpoint to Delete a region object.", Phrase(False, "delete", "a region", False)),
        ("Retrieves the details of an account.", Phrase(True, "retrieve", "the account", False)),
        ("Creates or updates a firewall rule.", Phrase(False, "create or update", "a firewall rule", False)),
        ("A collection of all photos in the company.", Phrase(True, "get", "photos in the company", True)),
        ("API to verify Residence Certificate.", Phrase(False, "verify", "Residence Certificate", False)),
        ("Get a user by external_id.", Phrase(True, "get", "a user", False)),
        ("User invitations get collection.", Phrase(True, "get", "user invitations collection", False)),
        ("Allows you to search for books. See the docs.", Phrase(True, "search", "books", True)),
        ("Permanently deletes an index.", Phrase(False, "permanently delete", "an index", False)),
        ("Updates an existing order, including its items.", Phrase(False, "update", "an existing order", False)),
        ("ListJobs lists the jobs (in pages) of the queue.", Phrase(True, "list", "the jobs of the queue", True)),
    ],
)
def test_a_description_says_what_a_user_wants(description: str, phrase: Phrase) -> None:
    assert phrase_of(description) == phrase


def test_noun_phrases() -> None:
    assert bare("all of the open orders") == "open orders"
    assert definite("a key of the user") == "the key of the user"
    assert definite("open orders") == "the open orders"
    assert head_of("the keys of a user") == "keys"


def test_any_description_is_read() -> None:
    for description in ("", ".", "{}", "GET /v1/users", "carts/{cartId}/items.", "🔒", "a" * 400):
        assert isinstance(phrase_of(description), Phrase)

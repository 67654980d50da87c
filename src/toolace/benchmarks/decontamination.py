"""Keep benchmark items out of training data: is an API or a user's text one of BFCL's or API-Bank's?

Look-ups are exact: hash tables for names, sentences and word 8-grams, and prefix filtering for the similarity of
descriptions (two sets of Jaccard similarity ≥ t must share one of their rarest tokens; Chaudhuri et al. 2006).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from toolace.apis.descriptions import words
from toolace.benchmarks import api_bank
from toolace.benchmarks.bfcl import FILE_PREFIX, INSTALL, data_folder, read_rows
from toolace.errors import ToolaceError
from toolace.records import Json

SIMILAR = 0.8
"""Descriptions, and names and descriptions together, with at least this Jaccard similarity of words are the same."""
FEW = 6
"""Questions of fewer words are the same only when all words are."""
GRAM = 8
"""Texts that share so many words in a row are the same."""
_VERBS = (
    "add analyse analyze annotate answer append apply ask authenticate book buy calculate call cancel change "
    "check clear close compare compute convert copy count create decode delete describe design detect disable "
    "display divide download edit enable evaluate execute export fetch filter find format generate get greet "
    "import init insert install invoke judge list load locate lock login logout look lookup map merge message "
    "move open optimize order parse patch pause play post predict print process purchase put query read "
    "recommend record refresh remove rename replace request reset resolve restore resume retrieve return run "
    "save say scan search select send set share show sort start step stop submit sync test touch track train "
    "transfer transform translate undelete unlock update upload validate verify view watch withdraw write"
)
_BARE_VERBS = frozenset(_VERBS.split())
"""Verbs that every service has: as the last part of a name (`orders.list`) they say nothing about where it is from."""

_WORD = re.compile(r"\w+")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_LEAD = re.compile(r"^This tool belongs to .*?Tool description: ", re.DOTALL)


@dataclass(frozen=True)
class Index:
    """Sets of tokens with the name of their item, under each of their rarest tokens."""

    token_counts: dict[str, int]
    by_rarest: dict[str, list[tuple[frozenset[str], str]]]


@dataclass(frozen=True)
class TestSet:
    """What must not be trained on, indexed: every table leads to the id or name of the item."""

    names: dict[str, str]
    last_names: dict[str, str]
    descriptions: Index
    definitions: Index
    """Names and descriptions together."""
    questions: dict[str, str]
    grams: dict[str, str]
    wordings: Index
    """The words of longer questions, whatever their order."""
    functions: list[tuple[str, str]]
    """All of them: name and description."""


def load() -> TestSet:
    """Index every function document and every user turn of the installed BFCL, and of API-Bank where it was fetched.

    Raises:
        ToolaceError: `bfcl-eval` is missing or broken.
    """
    folder = data_folder()
    files = [path for path in sorted(folder.glob(f"{FILE_PREFIX}*.json")) if "format_sensitivity" not in path.name]
    functions_only = sorted((folder / "multi_turn_func_doc").glob("*.json"))
    if not files or not functions_only:
        raise ToolaceError(f"BFCL has no data files in {folder.name}: reinstall it with `{INSTALL}`.")
    documents = [row for path in functions_only for row in read_rows(path)]
    questions: list[tuple[str, str]] = []
    for path in [*files, *sorted((folder / "memory_prereq_conversation").glob("*.json"))]:
        for row in _rows(path):
            documents += row.get("function", [])
            questions += [(row["id"], text) for text in _user_texts(row)]
    functions = [(one["name"], one["description"]) for one in documents]
    if bank := api_bank.data_folder():
        more_functions, more_questions = api_bank.items(bank)
        functions += more_functions
        questions += more_questions
    return build(functions, questions)


def build(functions: Iterable[tuple[str, str]], questions: Iterable[tuple[str, str]]) -> TestSet:
    """Index functions (name, description) and questions (id, text); the first item of a kind gives its name."""
    functions = [(name, _LEAD.sub("", description)) for name, description in functions]
    names: dict[str, str] = {}
    last_names: dict[str, str] = {}
    for name, _ in functions:
        names.setdefault(_normal_name(name), name)
        last_names.setdefault(_last_name(name), name)
    sentences: dict[str, str] = {}
    grams: dict[str, str] = {}
    wordings: list[tuple[frozenset[str], str]] = []
    for item, text in questions:
        spoken = _words(text)
        wordings.append((frozenset(spoken), item))
        sentences.setdefault(" ".join(spoken), item)
        for gram in _grams(spoken):
            grams.setdefault(gram, item)
    # Empty names, names that say nothing and empty texts match nothing.
    for table in (names, last_names, sentences):
        table.pop("", None)
    descriptions = _index((_tokens(text), name) for name, text in functions)
    definitions = _index((_definition(name, text), name) for name, text in functions)
    said = _index((tokens, item) for tokens, item in wordings if len(tokens) >= FEW)
    return TestSet(names, last_names, descriptions, definitions, sentences, grams, said, functions)


def api_match(test_set: TestSet, name: str, description: str) -> str | None:
    """Name the test function that an API equals by its name or the last part of it, or nearly by what describes it."""
    text = _LEAD.sub("", description)
    match = test_set.names.get(_normal_name(name)) or test_set.last_names.get(_last_name(name))
    match = match or _similar(test_set.descriptions, _tokens(text))
    return match or _similar(test_set.definitions, _definition(name, text))


def question_match(test_set: TestSet, text: str) -> str | None:
    """Give the id of a test case in which a user says nearly the same, or shares 8 words in a row with `text`."""
    spoken = _words(text)
    if (match := test_set.questions.get(" ".join(spoken))) is not None:
        return match
    if match := next((test_set.grams[gram] for gram in _grams(spoken) if gram in test_set.grams), None):
        return match
    tokens = frozenset(spoken)
    return _similar(test_set.wordings, tokens) if len(tokens) >= FEW else None


def _rows(path: Path) -> Iterator[dict[str, Json]]:
    for row in read_rows(path):
        if not isinstance(row.get("id"), str) or not isinstance(row.get("question"), list):
            raise ToolaceError(f"BFCL's {path.name} holds a row without id or question: reinstall it with `{INSTALL}`.")
        yield row


def _user_texts(row: dict[str, Json]) -> list[str]:
    return [message["content"] for turn in row["question"] for message in turn if message["role"] == "user"]


def _index(items: Iterable[tuple[frozenset[str], str]]) -> Index:
    """Index sets of tokens; of equal ones the first gives its name."""
    by_tokens: dict[frozenset[str], str] = {}
    for tokens, name in items:
        by_tokens.setdefault(tokens, name)
    counts = Counter(token for tokens in by_tokens for token in tokens)
    by_rarest: dict[str, list[tuple[frozenset[str], str]]] = defaultdict(list)
    for tokens, name in by_tokens.items():
        for token in _rarest(tokens, counts):
            by_rarest[token].append((tokens, name))
    return Index(dict(counts), dict(by_rarest))


def _similar(index: Index, tokens: frozenset[str]) -> str | None:
    least, most = SIMILAR * len(tokens), len(tokens) / SIMILAR
    for token in _rarest(tokens, index.token_counts):
        for other, name in index.by_rarest.get(token, ()):
            if not least <= len(other) <= most:
                continue
            shared = len(tokens & other)
            if shared / (len(tokens) + len(other) - shared) >= SIMILAR:
                return name
    return None


def _rarest(tokens: frozenset[str], counts: dict[str, int]) -> list[str]:
    """The rarest tokens, so many that any set of similarity ≥ SIMILAR shares one of them."""
    # A similar set lacks at most (1 - SIMILAR) of our tokens; rounded, because 0.2 has no exact float.
    kept = math.floor(round((1 - SIMILAR) * len(tokens), 6)) + 1
    return sorted(tokens, key=lambda token: (counts.get(token, 0), token))[:kept]


def _definition(name: str, description: str) -> frozenset[str]:
    return frozenset([*words(name), *_words(description)])


def _tokens(description: str) -> frozenset[str]:
    return frozenset(_words(description))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _grams(spoken: list[str]) -> Iterator[str]:
    return (" ".join(spoken[start : start + GRAM]) for start in range(len(spoken) - GRAM + 1))


def _normal_name(name: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", name.lower())


def _last_name(name: str) -> str:
    last = _normal_name(name.rpartition(".")[2])
    return "" if last in _BARE_VERBS else last

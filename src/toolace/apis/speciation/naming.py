"""Names for clusters of APIs: the phrases that set one apart from the others, each name given once."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count

import msgspec

from toolace.apis.speciation.nouns import NO_NOUNS, PREPOSITIONS, VAGUE, VERBS, Phrase, parts, short_title, spoken, stem

_BEST = 12
"""So many phrases of a cluster are compared in full."""


class Group(msgspec.Struct):
    """The APIs of one service that share a functionality.

    `words` name the functionality, `stems` are the same in the singular; `told` are the stems in its APIs' descriptions
    and `said` those in their names too. `category` is the document's, `given` the domain if the APIs brought one.
    `members` are indices of APIs; `weight` grows with their number, but not in proportion.
    """

    words: Phrase
    stems: Phrase
    service: str
    category: str
    given: str
    members: list[int] = []
    weight: float = 0.0
    told: set[str] = set()
    said: set[str] = set()


def clusters(groups: list[Group], labels: Iterable[int]) -> dict[int, list[Group]]:
    """Gives the groups of each label."""
    found: dict[int, list[Group]] = defaultdict(list)
    for group, label in zip(groups, labels, strict=True):
        found[label].append(group)
    return found


def topics(members: dict[int, list[Group]]) -> dict[int, list[Phrase]]:
    """Ranks for each cluster the phrases (stems) that set it apart from the others (c-TF-IDF), the best first."""
    heard = {label: _heard(cluster) for label, cluster in members.items()}
    everywhere: Counter[Phrase] = Counter()
    for phrases in heard.values():
        everywhere.update(phrases)
    average = 30 * math.fsum(everywhere.values()) / len(everywhere)
    ranked = {}
    for label, phrases in heard.items():
        scores = {
            phrase: part * math.sqrt(math.log(1 + average / everywhere[phrase])) for phrase, part in phrases.items()
        }
        best = sorted(scores, key=lambda phrase: (-scores[phrase], phrase))[:_BEST]
        for phrase in best:
            scores[phrase] *= 0.3 + share(members[label], lambda group: group.told.issuperset(phrase))  # noqa: B023
        best.sort(key=lambda phrase: (-scores[phrase], phrase))
        longer = [p for p in best if best[0] in parts(p)[1:] and phrases[p] > 0.7 * phrases[best[0]]]
        ranked[label] = [*longer[:1], *(phrase for phrase in best if phrase not in longer[:1])]
    return ranked


def _heard(cluster: list[Group]) -> dict[Phrase, float]:
    """Gives the share of a cluster that a phrase names; what is only said in descriptions counts less."""
    total: dict[Phrase, float] = defaultdict(float)
    for group in cluster:
        whole = group.stems
        for part in set(parts(whole)):
            if _telling(part, whole):
                total[part] += group.weight * (1.0 if whole[-len(part) :] == part else 0.7)
        for word in group.said.difference(whole):
            total[word,] += 0.4 * group.weight
    weight = sum(group.weight for group in cluster)
    found = {phrase: said / weight for phrase, said in total.items() if len(phrase) > 1 or phrase[0] not in VAGUE}
    return found or {cluster[0].stems: 1.0}


def _telling(part: Phrase, whole: Phrase) -> bool:
    """Says whether a part of a noun phrase can stand alone."""
    if part == whole:
        return True
    cut = part[0] in PREPOSITIONS and part != whole[: len(part)]
    return not cut and part[-1] not in NO_NOUNS | PREPOSITIONS and not (len(part) == 1 and part[0] in VAGUE | VERBS)


def share(cluster: list[Group], holds: Callable[[Group], bool]) -> float:
    """Gives the weighted share of the groups for which something holds."""
    return sum(group.weight for group in cluster if holds(group)) / sum(group.weight for group in cluster)


class Namer:
    """Words phrases, and gives domains human names, each only once."""

    def __init__(self, groups: list[Group], capitals: dict[str, str]) -> None:
        self.capitals = capitals
        self.taken = {group.given.lower() for group in groups}
        self.one_service = len({group.service for group in groups}) == 1
        self.wordings: dict[Phrase, Counter[Phrase]] = defaultdict(Counter)
        for group in groups:
            for part, wording in zip(parts(group.stems), parts(group.words), strict=True):
                self.wordings[part][wording] += 1

    def name(self, cluster: list[Group], ranked: Sequence[Phrase]) -> str:
        """Names a domain by its best phrase.

        If that is taken, a second phrase, the category or the service is added. Where many services share the domain
        and nothing tells it from the one that has the name already, both are one.
        """
        if self.one_service:
            ranked = [phrase for phrase in ranked if _named(cluster, phrase) >= 0.1] or ranked
        best = self.say(ranked[0])
        service, most = _main(cluster, lambda group: group.service)
        category, times = _main(cluster, lambda group: group.category)
        if most < 0.6:
            if share(cluster, lambda group: group.said.issuperset(ranked[0])) < 0.4:
                return f"Other {category.lower() or 'topics'}"
            broad = [f"{best} ({category.lower()})"] if category and times > 0.5 else []
            return first_free(chain([best], self._joined(cluster, ranked), broad, [""]), self.taken) or best
        title = short_title(service) or best
        telling = self.one_service or _named(cluster, ranked[0]) >= 0.5
        names = [best, f"{best} ({title})"] if telling else [title]
        largest = sorted(cluster, key=lambda group: -len(group.members))
        more = (f"{title} ({self.say(group.stems, True)})" for group in largest)
        return first_free(chain(names, more, (f"{title} {number}" for number in count(2))), self.taken)

    def say(self, phrase: Phrase, within: bool = False) -> str:
        """Words a phrase as most do, in the plural if anybody does."""
        forms = self.wordings.get(phrase, Counter([phrase]))
        best = max(forms, key=lambda form: (form[-1] != stem(form[-1]), forms[form], form))
        return spoken(best, self.capitals, within)

    def _joined(self, cluster: list[Group], ranked: Sequence[Phrase]) -> Iterator[str]:
        """Yields the first topic together with another one that at least a fifth of the cluster is about."""
        for phrase in ranked[1:6]:
            if _named(cluster, phrase) >= 0.2 and not set(phrase) & set(ranked[0]):
                yield f"{self.say(ranked[0])} and {self.say(phrase, True)}"


def area_name(cluster: list[Group], domains: Sequence[str], taken: set[str]) -> str:
    """Names an area by the category of most of its APIs, if there is one, or else by its first `domains`."""
    lowered = [name if name[1:2].isupper() else name[:1].lower() + name[1:] for name in domains[:2]]
    lowered = lowered[:1] if " and " in lowered[0] else lowered
    both = " and ".join([domains[0], *lowered[1:]])
    category, times = _main(cluster, lambda group: group.category)
    names = [category, f"{category} ({' and '.join(lowered)})"] if category and times > 0.5 else []
    return first_free(chain(names, [both], (f"{both} ({number})" for number in count(2))), taken)


def first_free(names: Iterable[str], taken: set[str]) -> str:
    """Takes the first name that is free; the empty one always is."""
    name = next(name for name in names if not name or name.lower() not in taken)
    taken.add(name.lower())
    return name


def _named(cluster: list[Group], phrase: Phrase) -> float:
    """Gives the share of a cluster that has a phrase in the name of its functionality."""
    return share(cluster, lambda group: set(phrase) <= set(group.stems))


def _main(cluster: list[Group], key: Callable[[Group], str]) -> tuple[str, float]:
    """Gives what most APIs of a cluster have, and their share."""
    counts: Counter[str] = Counter()
    for group in cluster:
        counts[key(group)] += len(group.members)
    name, most = counts.most_common(1)[0]
    return name, most / counts.total()

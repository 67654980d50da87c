"""Clusters of groups by what they say: domains, and areas of domains. Nothing is learned elsewhere or downloaded."""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from toolace.apis import descriptions
from toolace.apis.speciation import nouns
from toolace.apis.speciation.naming import Group, clusters, topics
from toolace.apis.speciation.nouns import Phrase, parts, split, stem
from toolace.records import Api

SMALLEST_DOMAIN = 5
"""Domains with fewer APIs are merged into the nearest one."""
LARGEST_DOMAIN = 40
"""A domain of more groups is split by what its groups say beside its topic."""
SMALL_POOL = 200
"""So many groups or fewer are clustered without looking for phrases that they share."""
AREAS = 30

_SHARED = 3
"""A phrase that so many groups share is a topic."""
_HEARD = 100
"""So many APIs speak for their group."""
_NEAREST = 50
_TOPIC = {"topic": 1.0, "text": 0.5, "parameters": 0.25, "service": 0.25, "category": 0.2}
"""How much each kind of text counts for what a group is about …"""
_SETTING = {"service": 1.0, "text": 0.5, "parameters": 0.3, "topic": 0.1}
"""… and for the world it belongs to."""
_DIMENSIONS = 100
_TOPIC_DIMENSIONS = 256


def _texts(apis: list[Api], group: Group) -> dict[str, list[str]]:
    """Gives what a group says, as stems without the words that say nothing."""
    members = [apis[index] for index in group.members[:_HEARD]]
    dull = nouns.VERBS | nouns.EMPTY | nouns.PREPOSITIONS | nouns.FILLERS
    names = [name for api in members for name in api.parameters.get("properties", {})]
    found = {
        "topic": (word for api in members for word in nouns.of_name(api.name)),
        "text": (word for api in members for word in nouns.prose(api.description)),
        "parameters": (word for name in names for word in descriptions.words(name)),
        "service": split(group.service),
        "category": [group.category] if group.category else [],
    }
    texts = {kind: [said for word in words if (said := stem(word)) not in dull] for kind, words in found.items()}
    texts["topic"] += 3 * group.stems
    return texts


def word_counts(apis: list[Api], groups: list[Group]) -> dict[str, Any]:
    """Gives a matrix (groups × words, sparse) for each kind of text, and each group the stems that it says."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts: dict[str, list[list[str]]] = defaultdict(list)
    for group in groups:
        for kind, words in _texts(apis, group).items():
            texts[kind].append(words)
        group.told = {*texts["text"][-1]}
        group.said = {*group.told, *texts["topic"][-1]}
    many = len(groups) > SMALL_POOL
    matrices = {}
    for kind, said in texts.items():
        rare, common = (2, 0.2) if many and kind != "topic" else (1, 1.0)
        tfidf = TfidfVectorizer(analyzer=iter, min_df=rare, max_df=common, sublinear_tf=True, dtype=np.float32)
        with contextlib.suppress(ValueError):  # no words, or none that tells groups apart
            matrices[kind] = tfidf.fit_transform(said)
    return matrices


def topic_vectors(texts: dict[str, Any]) -> Any:
    """Gives a unit vector for each group: what it says as a whole, and the words of its topic, both reduced."""
    import numpy as np
    from sklearn.preprocessing import normalize
    from sklearn.random_projection import SparseRandomProjection

    context = _reduced(texts, _TOPIC)
    if context.shape[1] != _DIMENSIONS:
        return context
    topic = texts["topic"]
    if topic.shape[1] > _TOPIC_DIMENSIONS:
        topic = SparseRandomProjection(_TOPIC_DIMENSIONS, density=0.1, random_state=0).fit_transform(topic)
    return normalize(np.hstack([context, normalize(topic.toarray())])).astype(np.float32)


def _reduced(texts: dict[str, Any], weights: dict[str, float], rows: Any = None) -> Any:
    """Joins the weighted texts and reduces them to few dimensions; `rows` sums groups to larger units first."""
    from scipy.sparse import hstack
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    matrix = normalize(
        hstack([weight * texts[kind] for kind, weight in weights.items() if kind in texts], format="csr")
    )
    matrix = matrix if rows is None else normalize(rows @ matrix)
    if min(matrix.shape) <= _DIMENSIONS:
        return matrix.toarray()
    return normalize(TruncatedSVD(_DIMENSIONS, n_iter=3, random_state=0).fit_transform(matrix))


def _kmeans(vectors: Any, number: int, init: Any = "k-means++", rounds: int = 20) -> Any:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    number = max(1, min(number, len(vectors)))
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):  # the points may differ too little
        return KMeans(number, init=init, n_init=1, max_iter=rounds, random_state=0).fit_predict(vectors)


def domain_labels(groups: list[Group], vectors: Any) -> list[int]:
    """Gives the number of each group's domain; the groups of a given domain stay together."""
    import numpy as np

    given = {name: -1 - number for number, name in enumerate(dict.fromkeys(g.given for g in groups if g.given))}
    labels = np.array([given.get(group.given, 0) for group in groups])
    free = np.flatnonzero(labels == 0)
    if len(free):
        some = [groups[index] for index in free]
        labels[free] = _settled(some, _clustered(some, vectors[free]), vectors[free])
    return [int(label) for label in labels]


def _clustered(groups: list[Group], vectors: Any) -> Any:
    """Clusters groups around the phrases that several of them share; what grows too large is split."""
    import numpy as np
    from sklearn.preprocessing import normalize

    shared = Counter(part for group in groups for part in set(parts(group.stems)))
    seeds: dict[Phrase, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        part = tuple(nouns.shared_part(group.stems, shared, _SHARED))
        if shared[part] >= _SHARED:
            seeds[part].append(index)
    if len(groups) <= SMALL_POOL or not seeds:
        apis = sum(len(group.members) for group in groups)
        return _kmeans(vectors, min(max(len(groups) // 6, 5), apis // SMALLEST_DOMAIN))
    centres = normalize(np.stack([vectors[members].mean(axis=0) for members in seeds.values()]))
    labels = _kmeans(vectors, len(seeds), centres, rounds=2)
    for label in np.flatnonzero(np.bincount(labels) > LARGEST_DOMAIN):
        members = np.flatnonzero(labels == label)
        pieces = _kmeans(normalize(vectors[members, :_DIMENSIONS]), len(members) * 2 // LARGEST_DOMAIN)
        labels[members] = np.where(pieces, labels.max() + pieces, label)
    return labels


def _settled(groups: list[Group], labels: Any, vectors: Any) -> Any:
    """Moves groups that are too few or never mention their cluster's topic to a near one whose topic they do."""
    import numpy as np

    topic = {label: ranked[0] for label, ranked in topics(clusters(groups, labels.tolist())).items()}
    fits = np.array([group.said.issuperset(topic[label]) for group, label in zip(groups, labels.tolist(), strict=True)])
    sizes = np.array([len(group.members) for group in groups])
    homes = np.flatnonzero(np.bincount(labels, sizes * fits) >= SMALLEST_DOMAIN)
    homeless = np.flatnonzero(~(fits & np.isin(labels, homes)))
    if not len(homes) or not len(homeless):
        return labels
    centres = np.stack([vectors[(labels == home) & fits].mean(axis=0) for home in homes])
    order = np.argsort(-vectors[homeless] @ centres.T, axis=1, kind="stable")[:, :_NEAREST]
    astray: dict[int, list[int]] = {}
    for index, near in zip(homeless.tolist(), homes[order].tolist(), strict=True):
        home = next((home for home in near[:10] if groups[index].said.issuperset(topic[home])), None)
        if home is None:
            astray[index] = near
        else:
            labels[index] = home
    return _lodged(groups, labels, astray)


def _lodged(groups: list[Group], labels: Any, astray: dict[int, list[int]]) -> Any:
    """Makes clusters of the groups that fit nowhere: those of one service, then those of one category.

    Too few of a service join the nearest cluster that it is in already, and what is left the nearest of all.
    """
    known = {(int(labels[index]), group.service) for index, group in enumerate(groups) if index not in astray}
    by: tuple[Callable[[Group], str], ...] = (lambda group: group.service, lambda group: group.category)
    for alike in by:
        kin: dict[str, list[int]] = defaultdict(list)
        for index in astray:
            kin[alike(groups[index])].append(index)
        for members in kin.values():
            if sum(len(groups[index].members) for index in members) >= SMALLEST_DOMAIN:
                labels[members] = labels.max() + 1
                astray = {index: near for index, near in astray.items() if index not in members}
        for index, near in list(astray.items()):
            home = next((home for home in near if (home, groups[index].service) in known), None)
            if home is not None:
                labels[index] = home
                del astray[index]
    for index, near in astray.items():
        labels[index] = near[0]
    return labels


def area_labels(groups: list[Group], domains: list[str], texts: dict[str, Any]) -> list[int]:
    """Clusters the domains by the world they belong to: their services, and the categories of their documents."""
    import numpy as np
    from scipy.sparse import csr_matrix

    number = {domain: row for row, domain in enumerate(dict.fromkeys(domains))}
    rows = [number[domain] for domain in domains]
    column = {category: index for index, category in enumerate(dict.fromkeys(g.category for g in groups if g.category))}
    categories = np.zeros((len(number), len(column)), np.float32)
    sizes = np.zeros((len(number), 1), np.float32)
    for row, group in zip(rows, groups, strict=True):
        sizes[row] += len(group.members)
        if group.category:
            categories[row, column[group.category]] += len(group.members)
    sums = csr_matrix(([group.weight for group in groups], (rows, range(len(groups)))), dtype=np.float32)
    points = np.hstack([_reduced(texts, _SETTING, sums), categories / sizes])
    labels = _kmeans(points, min(AREAS, len(number) // 5)).tolist()
    return [labels[row] for row in rows]

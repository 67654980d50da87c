"""Speciation without a language model (ToolACE §2.1): every API gets its place area → domain → functionality.

APIs of one service and one functionality make a group; groups that speak of the same topic, whatever their service,
make a domain; domains that lie near each other make an area. All of it is clustering of words: nothing is learned
elsewhere or downloaded, and the same APIs give the same tree.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict

import msgspec

from toolace.apis.speciation import nouns
from toolace.apis.speciation.clustering import area_labels, domain_labels, topic_vectors, word_counts
from toolace.apis.speciation.naming import Group, Namer, area_name, clusters, topics
from toolace.apis.speciation.nouns import Phrase, parts, split, stems
from toolace.records import Api

_SHARED = 3
"""A phrase that so many APIs of a service share is a functionality."""
_BROAD = 60
"""A tag with more APIs says too little."""
_COMPOUND = re.compile(r"^Other |\(| and ")


def speciate(apis: list[Api]) -> list[Api]:
    """Gives the APIs, in the same order, with their places in the context tree.

    A domain that is given stays as it is, and so do the area and the functionality that come with it; without a domain,
    they are hints (the category and the tag of a document).
    """
    if _placed(apis):
        return apis
    from threadpoolctl import threadpool_limits

    groups = _groups(apis)
    namer = Namer(groups, nouns.casing(apis))
    with threadpool_limits(1):  # sums over several threads differ from run to run, and so would the clusters
        texts = word_counts(apis, groups)
        labels = domain_labels(groups, topic_vectors(texts))
        domains = _domain_names(groups, labels, namer)
        areas = _area_names(groups, area_labels(groups, domains, texts), domains)
    placed = list(apis)
    for group, domain, area in zip(groups, domains, areas, strict=True):
        said = namer.say(group.stems)
        for index in group.members:
            given = apis[index].functionality if apis[index].domain and apis[index].functionality.strip() else ""
            placed[index] = msgspec.structs.replace(apis[index], area=area, domain=domain, functionality=given or said)
    return placed


def _placed(apis: list[Api]) -> bool:
    """Says whether all APIs come from a pool whose tree is complete."""
    told = all(api.domain and api.area.strip() and api.functionality.strip() for api in apis)
    return told and len({(api.domain, api.area) for api in apis}) == len({api.domain for api in apis})


def _groups(apis: list[Api]) -> list[Group]:
    services: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, api in enumerate(apis):
        services[api.provider, api.service].append(index)
    groups: dict[Phrase, Group] = {}
    for (provider, service), members in services.items():
        found = _functionalities([apis[index] for index in members])
        for index, words in zip(members, found, strict=True):
            api = apis[index]
            key = provider, service, api.domain, *stems(words)
            if key not in groups:
                groups[key] = Group(words, stems(words), service, api.area if api.area.strip() else "", api.domain)
            groups[key].members.append(index)
    for group in groups.values():
        group.weight = math.sqrt(len(group.members))
    return list(groups.values())


def _functionalities(apis: list[Api]) -> list[Phrase]:
    """Gives the words of each API's functionality, for one service: its tag if that tells something, else its noun."""
    service = split(apis[0].service)
    tags: dict[str, list[str]] = {}
    for tag, times in Counter(api.functionality for api in apis).items():
        words = nouns.of_tag(tag)
        broad = times > _BROAD or (len(apis) >= 8 and times > len(apis) / 2)
        tags[tag] = [] if broad or set(stems(words)) <= set(stems(service)) else words
    phrases = [[] if tags[api.functionality] else nouns.of_name(api.name) for api in apis]
    shared = Counter(part for noun in phrases for part in set(parts(stems(noun))))
    return [
        nouns.once(
            tags[api.functionality]
            or nouns.shared_part(noun, shared, _SHARED)
            or split(api.functionality)
            or service
            or ["general"]
        )
        for api, noun in zip(apis, phrases, strict=True)
    ]


def _domain_names(groups: list[Group], labels: list[int], namer: Namer) -> list[str]:
    """Names each group's domain; those that many services share choose first."""
    members = clusters(groups, labels)
    names = {label: cluster[0].given for label, cluster in members.items() if cluster[0].given}
    ranked = topics(members)
    for label in sorted(members, key=lambda n: (-len({g.service for g in members[n]}), -len(members[n]), n)):
        if label not in names:
            names[label] = namer.name(members[label], ranked[label])
    return [names[label] for label in labels]


def _area_names(groups: list[Group], areas: list[int], domains: list[str]) -> list[str]:
    """Names each group's area; that of a given domain may be given too."""
    given = {group.given: group.category for group in groups if group.given and group.category}
    taken = {name.lower() for name in given.values()}
    services: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for group, area, domain in zip(groups, areas, domains, strict=True):
        services[area][domain].add(group.service)
    names = {}
    members = clusters(groups, areas)
    for area in sorted(members, key=lambda area: (-len(members[area]), area)):
        known = sorted(services[area], key=lambda domain: (-len(services[area][domain]), domain))
        plain = [name for name in known if not _COMPOUND.search(name)]
        names[area] = area_name(members[area], plain or known, taken)
    return [given.get(domain) or names[area] for area, domain in zip(areas, domains, strict=True)]

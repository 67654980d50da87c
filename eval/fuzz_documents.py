"""Reads mutated OpenAPI documents: each must give valid APIs or a ToolaceError that names the file, in bounded time.

python eval/fuzz_documents.py --count 10000 --seed 0 [FOLDER]

FOLDER holds real documents (JSON) that are mutated beside the hand-made ones. Document N of a seed is always the same.
"""

import argparse
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from copy import deepcopy
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

from toolace.apis.normalise import valid
from toolace.apis.sources import openapi
from toolace.errors import ToolaceError

SECONDS = 20
MEMORY = 2 * 1024**3
REAL, REAL_BYTES = 300, 200_000  # at most so many documents of FOLDER, and none larger

THREE = yaml.safe_load("""
openapi: 3.0.3
info: {title: Pet Store API, license: {name: MIT}, x-apisguru-categories: [ecommerce]}
servers: [{url: "https://api.example.org/v1"}]
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getPet, tags: [Pets], description: "Gets a <b>pet</b>. See https://example.org.",
      responses: {"200": {content: {application/json: {example: {name: Rex}}}}}}
    put: {summary: Replaces a pet., responses: {"200": {$ref: "#/components/responses/Owners"}},
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Node"}}}}}
  /owners: {$ref: "beside.yaml#/owners"}
components:
  responses:
    Owners: {content: {application/json: {schema: {type: array, items: {$ref: "beside.yaml#/Owner"}}}}}
  schemas:
    Pet: {type: object, required: [name], properties: {name: {type: string}, age: {type: integer}}}
    Up: {properties: {up: {$ref: "#/components/schemas/Node"}, pet: {$ref: "#/components/schemas/Pet"}}}
    Node: {allOf: [{$ref: "#/components/schemas/Pet"}, {$ref: "#/components/schemas/Up"}]}
""")
TWO = yaml.safe_load("""
{swagger: "2.0", host: api.example.org, info: {title: Weather}, paths: {/v1/forecast: {post: {
  description: Gives the weather of the next days.,
  parameters: [
    {name: days, in: formData, type: integer, minimum: 1, enum: [1, 7], default: 7},
    {name: body, in: body, schema: {$ref: "#/definitions/Pet"}}],
  responses: {"200": {examples: {application/json: {sky: blue}}}}}}},
definitions: {Pet: {type: object, required: [name], properties: {name: {type: string}}}}}
""")
BESIDE = b"""
owners: {get: {summary: Lists the owners., parameters: [{$ref: "#/Limit"}]}}
Limit: {name: limit, in: query, schema: {type: integer}}
Owner: {properties: {pets: {type: array, items: {$ref: "api.yaml#/components/schemas/Pet"}}}}
"""
BOMBED = """
openapi: 3.0.0
info: LAST
paths: {/a: LAST, /b: {post: {description: Sets off the bomb., tags: LAST,
  parameters: [{name: p, in: query, schema: LAST}, LAST],
  requestBody: {content: {application/json: {schema: LAST}}},
  responses: {200: {content: {application/json: {example: LAST, schema: LAST}}}}}}}
"""
REFERENCES = [
    *("#", "#/paths", "#/components/schemas/Node", "#/%zz/~2", "#/chain0", "beside.yaml", "./beside.yaml#/Owner"),
    *("../beside.yaml", "/etc/hostname", "file:///etc/hostname", "http://127.0.0.1:9/x.json", "%00.json", "a" * 5000),
]
JUNK: list[Any] = [None, True, 0, -1, 10**30, 1e308, "", "\ud800", "x\udc80", "日本", [], {}, [[]], [None], {"": ""}]


class Trial(NamedTuple):
    index: int
    outcome: str
    seconds: float
    kilobytes: int


@lru_cache(maxsize=1)
def originals(folder: str | None) -> list[Any]:
    """Lists what is mutated: the hand-made documents, and as many small ones of the folder."""
    files = sorted(Path(folder).rglob("*.json")) if folder else []
    files = [file for file in files if file.stat().st_size <= REAL_BYTES]
    real = [json.loads(file.read_bytes()) for file in files[:: len(files) // REAL + 1]]
    return [THREE, TWO] * (len(real) // 2 + 1) + real


def mutated(rng: random.Random, documents: list[Any]) -> tuple[bytes, str]:
    """Gives a document that was damaged in one to four ways, and its suffix."""
    if rng.random() < 0.1:
        return bomb(rng).encode(), ".yaml"
    value, suffix = deepcopy(rng.choice(documents)), rng.choice([".json", ".yaml"])
    in_bytes = rng.random() < 0.4
    for _ in range(0 if in_bytes else rng.randint(1, 4)):
        value = rng.choice(STRUCTURE)(rng, value)
    data = written(rng, value, suffix)
    for change in rng.choices(BYTES, k=rng.randint(1, 4) * in_bytes):
        data = change(rng, data)
    return data, suffix


def written(rng: random.Random, value: Any, suffix: str) -> bytes:
    """Writes JSON, or YAML in block style, where repeated nodes become aliases."""
    if suffix != ".json" and rng.random() < 0.5:
        with suppress(UnicodeError):  # PyYAML writes no lone surrogates
            return yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True).encode()
    return json.dumps(value, ensure_ascii=rng.random() < 0.8).encode(errors="surrogatepass")


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yields all containers with each of their keys."""
    stack = [value] if isinstance(value, dict | list) else []
    while stack:
        node = stack.pop()
        for key in node if isinstance(node, dict) else range(len(node)):
            yield node, key
            if isinstance(node[key], dict | list):
                stack.append(node[key])


def replace_some(rng: random.Random, value: Any, make: Callable[[], Any], share: float) -> Any:
    """Replaces this share of the scalars and a tenth of it of the containers, and at least one of them."""
    places = [(node, key) for node, key in nodes(value) if key not in ("openapi", "swagger")]
    chosen = [(n, k) for n, k in places if rng.random() * (10 if isinstance(n[k], dict | list) else 1) < share]
    for node, key in chosen or rng.choices(places, k=min(1, len(places))):
        node[key] = make()
    return value


def nested(rng: random.Random) -> Any:
    """Gives a value that is 150 to 1,500 levels deep."""
    value = deepcopy(rng.choice(JUNK))
    key = rng.choice(["properties", "items", "allOf", "schema", "x", ""])
    for _ in range(rng.choice([150, 199, 200, 500, 1500])):
        value = {key: value} if rng.random() < 0.7 or key != "allOf" else [value]
    return value


def chain(rng: random.Random, value: Any) -> Any:
    """Adds 200 references, each to the next, the last one to any of them or to nothing; and uses them."""
    kind = rng.choice(["$ref", "allOf", "properties", "items", "anyOf"])
    for index in range(200 if isinstance(value, dict) else 0):
        link: Any = {"$ref": f"#/chain{index + 1 if index < 199 else rng.randrange(300)}"}
        value[f"chain{index}"] = {
            "allOf": {"allOf": [link, link]},
            "properties": {"type": "object", "properties": dict.fromkeys("abcdefgh", link)},
            "items": {"type": "array", "items": link},
            "anyOf": {"anyOf": [link]},
        }.get(kind, link)
    return replace_some(rng, value, lambda: {"$ref": "#/chain0"}, 0.002)


def swapped(rng: random.Random, value: Any) -> Any:
    """Puts copies of parts where they do not belong."""
    places = list(nodes(value))
    for _ in range(5 if places else 0):
        (node, key), (other, other_key) = rng.choices(places, k=2)
        node[key] = deepcopy(other[other_key])
    return value


def without(rng: random.Random, value: Any) -> Any:
    places = [place for place in nodes(value) if isinstance(place[0], dict)]
    for node, key in rng.sample(places, min(5, len(places))):
        node.pop(key, None)
    return value


STRUCTURE: list[Callable[[random.Random, Any], Any]] = [
    lambda rng, value: replace_some(rng, value, lambda: deepcopy(rng.choice(JUNK)), 0),
    lambda rng, value: replace_some(rng, value, lambda: deepcopy(rng.choice(JUNK)), 0.1),
    lambda rng, value: replace_some(rng, value, lambda: deepcopy(rng.choice(JUNK)), 1),
    lambda rng, value: replace_some(rng, value, lambda: {"$ref": rng.choice(REFERENCES)}, 0.05),
    lambda rng, value: replace_some(rng, value, lambda: nested(rng), 0),
    lambda rng, value: replace_some(rng, value, lambda: rng.choice(["x", "<!--", "*a ", "\n", "(["]) * 100_000, 0),
    lambda rng, value: replace_some(rng, value, lambda: rng.choice([[0] * 50_000, [{}] * 5_000]), 0),
    chain,
    swapped,
    without,
]

BYTES: list[Callable[[random.Random, bytes], bytes]] = [
    lambda rng, data: data[: rng.randrange(len(data) + 1)],
    lambda rng, data: flipped(rng, data, rng.choice([1, 50])),
    lambda rng, data: spliced(rng, data, b""),
    lambda rng, data: spliced(rng, data, data[(start := rng.randrange(len(data) + 1)) : start + 200]),
    lambda rng, data: spliced(rng, data, rng.randbytes(rng.randrange(20))),
    lambda rng, data: spliced(rng, data, rng.choice([b"\xff\xfe", b"\xed\xa0\x80", b"\0", b"\xef\xbb\xbf", b"\xc3"])),
    lambda rng, data: spliced(rng, data, rng.choice([b"[", b"{", b"- ", b"? ", b"&a ", b"*a ", b"|\n", b"%TAG"]) * 300),
    lambda rng, data: data.decode(errors="ignore").encode(rng.choice(["utf-16", "utf-32", "latin-1"]), "ignore"),
]


def flipped(rng: random.Random, data: bytes, count: int) -> bytes:
    changed = bytearray(data)
    for _ in range(count if data else 0):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def spliced(rng: random.Random, data: bytes, part: bytes) -> bytes:
    """Puts a part in the place of up to 50 bytes."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + part + data[start + rng.randrange(50) :]


def bomb(rng: random.Random) -> str:
    """Gives a YAML document whose aliases or merge keys unfold to 9⁹ and more nodes."""
    inner = rng.choice(["[{}]", "{{<<: [{}]}}", "{{allOf: [{}]}}", "{{properties: {{{}}}}}", "{{example: [{}]}}"])
    lines = ["a0: &a0 " + rng.choice(["{type: string}", "x", "[1]", "{k: v}"])]
    for index in range(1, rng.choice([9, 40, 150])):
        aliases = [f"*a{rng.randrange(max(0, index - 2), index)} " for _ in range(9)]
        named = [f"p{number}: {alias}" for number, alias in enumerate(aliases)]
        lines.append(f"a{index}: &a{index} " + inner.format(", ".join(named if "properties" in inner else aliases)))
    return "\n".join(lines) + BOMBED.replace("LAST", f"*a{len(lines) - 1}")


def outcome(path: Path) -> str:
    """Reads a document and says what came of it; anything but `apis`, `no apis` and `refused` is an exception."""
    try:
        apis = list(openapi.read(str(path)))
    except ToolaceError as error:
        assert str(path) in str(error) and "\n" not in str(error), f"names no file in one line: {error}"
        return "refused"
    assert [reason for api in apis if (reason := valid(api))] == []
    msgspec.json.encode(apis)
    return "apis" if apis else "no apis"


def made(seed: int, index: int, documents: list[Any], place: Path) -> Path:
    """Writes a mutated document, and beside it another one that it may refer to."""
    rng = random.Random(f"{seed} {index}")
    sys.setrecursionlimit(20_000)
    data, suffix = mutated(rng, documents)
    sys.setrecursionlimit(1_000)
    path = place / f"api{suffix}"
    path.write_bytes(data)
    path.with_name("beside.yaml").write_bytes(rng.choice(BYTES)(rng, BESIDE) if rng.random() < 0.3 else BESIDE)
    return path


def tried(seed: int, folder: str | None, index: int) -> Trial:
    """Makes and reads one document."""
    with tempfile.TemporaryDirectory() as place:
        path = made(seed, index, originals(folder), Path(place))
        start = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            result = outcome(path)
        except KeyboardInterrupt:
            result = f"CRASH: more than {SECONDS} s (document {index})"
        except Exception as error:
            result = f"CRASH: {error!r:.200} (document {index})"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return Trial(index, result, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def limited() -> None:
    """Bounds a worker's memory and each document's time, and keeps its hints from the screen."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, signal.default_int_handler)  # what it raises is caught nowhere else
    os.environ["RANK"] = "1"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with ProcessPoolExecutor(2, initializer=limited) as processes:
        trials = list(processes.map(partial(tried, given.seed, given.folder), range(given.count), chunksize=20))
    for what, count in Counter(trial.outcome for trial in trials).most_common():
        print(f"{count:7} {what}")
    slowest = max(trials, key=lambda trial: trial.seconds)
    print(f"slowest: document {slowest.index}, {slowest.seconds:.2f} s ({slowest.outcome})")
    print(f"peak memory of a worker: {max(trial.kilobytes for trial in trials) / 1000:.0f} MB")
    sys.exit(any(trial.outcome.startswith("CRASH") for trial in trials))


if __name__ == "__main__":
    main()

"""The records that flow between the stages: JSON lines on disk, `msgspec` structs in memory."""

from __future__ import annotations

from typing import Any

import msgspec

Json = Any
"""Any JSON value."""


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """One natural way to ask for an API.

    `text` holds `{parameter}` slots (dotted for nested ones) and `[optional parts]` that are spoken only when
    every slot in them is used. `implies` holds argument values that the wording implies without a slot.
    """

    text: str
    implies: dict[str, Json] = {}


class Tool(msgspec.Struct, frozen=True):
    """What an assistant sees of an API: OpenAI's function definition. `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: dict[str, Json]


class Api(msgspec.Struct, frozen=True, omit_defaults=True):
    """An API of the pool (ToolACE §2.1).

    `parameters` is a JSON Schema of type object. Its annotations `x-values` (a value kind, or a list of literal
    values) and `x-say` ({value: [wordings]}) tell the scripted roles what to say; no assistant sees them.
    `area` → `domain` → `functionality` is its place in the API context tree (§2.1, speciation); `provider` is whose
    API it is (`github.com`), `service` what it belongs to (`GitHub`). `parents` and `evolution` name the APIs it was
    grown from and the operators that did it.
    """

    name: str
    description: str
    parameters: dict[str, Json]
    returns: Json = None
    area: str = ""
    domain: str = ""
    functionality: str = ""
    source: str = ""
    provider: str = ""
    service: str = ""
    license: str = ""
    asks: list[Ask] = []
    parents: list[str] = []
    evolution: list[str] = []


class Call(msgspec.Struct, frozen=True):
    """One function call: the name of a tool and its arguments."""

    name: str
    arguments: dict[str, Json]


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn. An assistant turn either calls (`calls`) or speaks (`content`), perhaps after a `thought`.

    A tool turn answers one call, in the order of the calls: `name` is the function, `content` its result as JSON.
    """

    role: str
    content: str = ""
    calls: list[Call] = []
    thought: str = ""
    name: str = ""


class Said(msgspec.Struct, frozen=True):
    """How the user words one argument value. `path` is `call index.argument[.key…]`, over all calls of the dialog."""

    path: str
    value: Json
    text: str


class Link(msgspec.Struct, frozen=True):
    """An argument value from an earlier result: `source` is `call index.key[.key or index…]` of that result."""

    path: str
    value: Json
    source: str


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a dialog was meant to be, fixed before anybody speaks: the verifier compares it with what was said.

    `asked` holds the paths of the arguments that the user left out at first, so that the assistant had to ask.
    """

    calls: list[Call] = []
    said: list[Said] = []
    links: list[Link] = []
    asked: list[str] = []


class Dialog(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sample. `id` is a function of (seed, index) alone; `kind` is open (single, parallel, …)."""

    id: str
    kind: str
    tools: list[Tool]
    messages: list[Message]
    plan: Plan = Plan()
    provenance: dict[str, Json] = {}


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rule, an expert or a benchmark says of a sample; `grade` (0…1) where it is more or less right."""

    ok: bool
    rule: str = ""
    reason: str = ""
    grade: float | None = None


class Score(msgspec.Struct, frozen=True, omit_defaults=True):
    """Accuracy of a model on one benchmark category, with its Wilson 95% interval (all shares in 0…1).

    `errors` more cases got no answer from the endpoint: they count neither as right nor as wrong. Where verdicts are
    grades, `accuracy` is their mean, with the normal 95% interval, and `graded` is set.
    """

    category: str
    cases: int
    correct: int
    accuracy: float
    low: float
    high: float
    errors: int = 0
    graded: bool = False

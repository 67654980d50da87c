"""What `toolace.serve` and `toolace.evaluate` read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ServeConfig:
    """The OpenAI-compatible endpoint."""

    backend: str = "auto"
    """`vllm`, `transformers`, or `auto`: vllm where it is installed."""
    model: str | None = None
    """Folder of the model to serve; `null`: the merged model of this run."""
    host: str = "127.0.0.1"
    port: int = 8000
    startup_seconds: float = 300
    batch_size: int = 16
    """Requests that the transformers back end generates at once."""
    adapters: dict[str, str] = field(default_factory=dict)
    """LoRA adapters, name → folder, on the base model of this run (or `serve.model`), by vLLM: `model` picks one."""
    hot_load: bool = False
    """Clients may load adapters into the running vLLM: whoever reaches the port can make it read any folder."""
    vllm_args: list[str] = field(default_factory=list)


@dataclass
class OtherModelConfig:
    """A model behind any OpenAI-compatible endpoint, to be scored beside ours."""

    url: str = ""
    """Up to and with `/v1`."""
    model: str | None = None
    """`null`: the first that the endpoint lists."""
    key: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key, if one is needed."""
    mode: str = "prompt"
    """`prompt`: the leaderboard's system prompt; `native`: OpenAI's `tools` and `tool_calls`; `template`: as ours."""


@dataclass
class EvaluateConfig:
    """Benchmarks: cases per category (null: all), drawn at random with `seed`."""

    categories: dict[str, int | None] = field(
        default_factory=lambda: {"simple_python": 100, "multiple": 50, "irrelevance": 50}
    )
    others: dict[str, OtherModelConfig] = field(default_factory=dict)
    """Other models by name, such as `evaluate.others={qwen:{url:http://127.0.0.1:8033/v1,mode:native}}`."""
    published: list[str] = field(default_factory=list)
    """Published models that stand beside ours in the table, by name or its beginning, as `[ToolACE-2-8B,GPT-4.1]`."""
    max_new_tokens: int = 128
    concurrency: int = 32
    timeout_seconds: float = 600

"""The command line and environment that start vLLM's OpenAI-compatible server, on GPUs and on plain CPUs."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from toolace.servers import MODEL_NAME
from toolace.servers.folder import rank_of

RANKS = (8, 16, 32, 64, 128, 256)
"""What `--max-lora-rank` takes."""
_OFFLINE = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1"}


def is_installed() -> bool:
    """Whether vLLM can be started; does not import it."""
    return importlib.util.find_spec("vllm") is not None


def has_gpu() -> bool:
    """Whether the installed torch sees a CUDA or ROCm device."""
    import torch

    return torch.cuda.is_available()


def command(
    model: Path,
    host: str,
    port: int,
    gpu: bool,
    extra: Sequence[str] = (),
    adapters: Mapping[str, Path] = MappingProxyType({}),
) -> list[str]:
    """The arguments that serve a model folder, and adapters on it; `extra` comes last, so it wins.

    Compiling for a CPU takes minutes and gains little there: eager. With our parser of calls, tool_choice "auto" works.
    """
    plugin = Path(__file__).with_name("vllm_tool_parser.py")
    return [
        *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(model), "--served-model-name", MODEL_NAME),
        *("--host", host, "--port", str(port)),
        *("--enable-auto-tool-choice", "--tool-parser-plugin", str(plugin), "--tool-call-parser", "toolace"),
        *(() if gpu else ("--dtype", "float32", "--enforce-eager")),
        *_lora(adapters),
        *extra,
    ]


def _lora(adapters: Mapping[str, Path]) -> list[str]:
    if not adapters:
        return []
    rank = max(map(rank_of, adapters.values()))
    room = next((known for known in RANKS if known >= rank), rank)
    modules = [f"{name}={folder.resolve()}" for name, folder in adapters.items()]
    return ["--enable-lora", "--max-lora-rank", str(room), "--lora-modules", *modules]


def environment(gpu: bool, hot_load: bool = False) -> dict[str, str]:
    """What to add to the environment: never phone home; on a CPU, one thread per core and a small cache.

    Variables of these names that the user has set stay as they are.
    """
    cpu = {
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "OMP_NUM_THREADS": str(os.cpu_count() or 1),
    }
    wanted = _OFFLINE if gpu else {**_OFFLINE, **cpu}
    if hot_load:
        wanted = {**wanted, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True"}
    return {name: value for name, value in wanted.items() if name not in os.environ}

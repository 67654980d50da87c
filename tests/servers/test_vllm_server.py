from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from toolace.errors import ToolaceError
from toolace.servers import MODEL_NAME, vllm_server


def test_a_cpu_gets_float32_without_compilation_and_extra_arguments_come_last() -> None:
    command = vllm_server.command(Path("/m"), "127.0.0.1", 81, gpu=False, extra=["--dtype", "bfloat16"])
    assert command[:3] == [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
    assert "--enforce-eager" in command and command[-2:] == ["--dtype", "bfloat16"]
    assert command[command.index("--model") + 1] == "/m"
    assert command[command.index("--served-model-name") + 1] == MODEL_NAME
    assert command[command.index("--port") + 1] == "81"


def test_a_gpu_keeps_vllms_own_defaults() -> None:
    command = vllm_server.command(Path("/m"), "127.0.0.1", 81, gpu=True)
    assert "--dtype" not in command and "--enforce-eager" not in command


def test_the_environment_is_offline_and_respects_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VLLM_NO_USAGE_STATS", "DO_NOT_TRACK", "HF_HUB_OFFLINE", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "7")
    offline = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1"}
    assert vllm_server.environment(gpu=True) == offline
    cpu = vllm_server.environment(gpu=False)
    assert cpu.items() >= {**offline, "VLLM_CPU_OMP_THREADS_BIND": "nobind"}.items()
    assert cpu["OMP_NUM_THREADS"] == str(os.cpu_count())
    assert "VLLM_CPU_KVCACHE_SPACE" not in cpu


def test_adapters_are_served_by_name_with_room_for_the_largest_rank(tmp_path: Path) -> None:
    for name, rank in (("a", 4), ("b", 20)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text(f'{{"r": {rank}}}')
    adapters = {name: tmp_path / name for name in "ab"}
    command = vllm_server.command(Path("/m"), "127.0.0.1", 81, gpu=True, adapters=adapters)
    assert command[command.index("--max-lora-rank") + 1] == "32"
    place = command.index("--lora-modules")
    assert command[place + 1 : place + 3] == [f"a={tmp_path}/a", f"b={tmp_path}/b"]
    with pytest.raises(ToolaceError, match="holds no LoRA adapter"):
        vllm_server.command(Path("/m"), "127.0.0.1", 81, gpu=True, adapters={"c": tmp_path})
    assert vllm_server.environment(gpu=True, hot_load=True)["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "True"

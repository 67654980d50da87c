"""Makes a Hydra command of a function that takes a `Config`: strict, and with one clear line for each error."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any

import hydra
from hydra import initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from toolace.config import Config
from toolace.errors import ToolaceError, near
from toolace.sweeps import expanded, follow_sweep, run_job


def conf_dir() -> Path:
    """`conf/` of the checkout, else the copy inside the installed wheel."""
    here = Path(__file__).resolve()
    checkout = here.parents[2] / "conf"
    return checkout if (checkout / "config.yaml").exists() else here.parent / "conf"


def recipes() -> list[str]:
    """The names that `+recipe=NAME` takes; recipes build on those that begin with an underscore."""
    folder = conf_dir() / "recipe"
    return sorted(path.stem for path in folder.glob("[!_]*.yaml"))


def compose(overrides: list[str]) -> Config:
    """Compose and convert the config as the command line would, e.g. `["+recipe=quickstart", "seed=1"]`.

    Raises:
        ToolaceError: an unknown key or recipe, with the nearest known one, or a value of the wrong type.
    """
    _store_schema()
    try:
        with initialize_config_dir(str(conf_dir()), version_base="1.3"):
            return _convert(hydra.compose("config", _replacing(expanded(overrides, conf_dir()))))
    except (HydraException, OmegaConfBaseException) as error:
        raise ToolaceError(_explain(error)) from error


def run(command: Callable[[Config], None]) -> None:
    """Run a command from the command line (see `--help`); errors end it with exit code 1 and one line.

    With `-m` each job is a process of its own.
    """
    follow_sweep()
    spec = sys.modules["__main__"].__spec__
    module = spec.name if spec else command.__module__
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises instead of printing, so that we can name the near miss
    _store_schema()
    try:
        sys.argv[1:] = expanded(sys.argv[1:], conf_dir())
    except ToolaceError as error:
        sys.exit(f"error: {error}")
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        sys.argv[1:] = _replacing(sys.argv[1:])

    @hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")
    def main(composed: DictConfig) -> None:
        if HydraConfig.get().mode is RunMode.MULTIRUN:
            return run_job(module, list(HydraConfig.get().overrides.task))
        try:
            command(_convert(composed))
        except ToolaceError as error:  # caught here, or Hydra would print a line of its own
            sys.exit(f"error: {error}")

    try:
        main()
    except ToolaceError as error:  # of a sweep's job
        sys.exit(f"error: {error}")
    except (HydraException, OmegaConfBaseException) as error:
        sys.exit(f"error: {_explain(error)}")
    except KeyboardInterrupt:
        sys.exit("stopped; run the same command again to go on from here")


def _store_schema() -> None:
    """Let Hydra check every key and type against `Config` while it composes."""
    ConfigStore.instance().store(name="schema", node=Config)


def _replacing(overrides: list[str]) -> list[str]:
    """Let `key={…}` replace a dictionary: Hydra would merge it, and refuse keys that are new."""
    written = {key: one for one in overrides if (key := one.partition("={")[0]) in set(_dictionaries(Config))}
    if not written:
        return overrides
    rest = [one for one in overrides if one.partition("={")[0] not in written]
    others = [one for one in rest if re.match(r"[\w~+./@]+=|~", one)]
    options = [one for one in rest if one not in others]  # such as --cfg job; Hydra takes overrides only together
    try:
        composed = hydra.compose("config", others)
    except (HydraException, OmegaConfBaseException):
        return overrides  # something else is wrong: Hydra will say it of the whole
    old = {f"{key}.{name}": value for key in written for name, value in OmegaConf.select(composed, key).items()}
    filled = [f"++{key}=0" for key, value in old.items() if value is None]  # Hydra deletes no null
    removed = [f"~{key}" for key in old]
    return [*options, *others, *filled, *removed, *(f"++{one}" for one in written.values())]


def _convert(composed: DictConfig) -> Config:
    # Plain Hydra takes `+recipie=x` in silence.
    if unknown := list(_unknown(OmegaConf.to_container(composed, resolve=False), Config)):
        raise ToolaceError("; ".join(_unknown_key(key) for key in unknown))
    config = OmegaConf.to_object(composed)
    assert isinstance(config, Config)
    return config


def _explain(error: Exception) -> str:
    """One line: the key or recipe that is wrong, and the nearest right one."""
    text = str(error) + " " + str(error.__cause__ or "")
    if match := re.search(r"Could not find 'recipe/([^']+)'", text):
        return f"unknown recipe {match[1]!r}{near(match[1], recipes())}; there are: {', '.join(recipes())}"
    if re.search(r"not in '|not in struct|Could not override", text) and (key := _overridden(text)):
        return _unknown_key(key)
    if key := _overridden(text):
        return f"{key}: {(getattr(error.__cause__, 'msg', None) or text).splitlines()[0]}"
    return " ".join(str(error).split())


def _unknown_key(key: str) -> str:
    if key.rpartition(".")[0] in _dictionaries(Config):
        return f"unknown key {key!r}; add it with +{key}=…"
    return f"unknown key {key!r}{near(key, ['recipe', *_keys(Config)])}"


def _unknown(given: Any, kind: Any, prefix: str = "") -> Iterator[str]:
    known = {field.name: field for field in fields(kind)}
    for key, value in given.items():
        if key not in known:
            yield f"{prefix}{key}"
        elif is_dataclass(inner := _default(known[key])):
            yield from _unknown(value, inner, f"{prefix}{key}.")


def _overridden(text: str) -> str | None:
    match = re.search(r"Could not override '([^']+)'|override \+*([\w.@/-]+)=|full_key: ([\w.]+)", text)
    return next(filter(None, match.groups()), None) if match else None


def _keys(kind: Any, prefix: str = "") -> Iterator[str]:
    for field in fields(kind):
        yield prefix + field.name
        if is_dataclass(inner := _default(field)):
            yield from _keys(inner, f"{prefix}{field.name}.")


def _dictionaries(kind: Any, prefix: str = "") -> Iterator[str]:
    """The keys whose values are dictionaries that users fill."""
    for field in fields(kind):
        if isinstance(inner := _default(field), dict):
            yield prefix + field.name
        elif is_dataclass(inner):
            yield from _dictionaries(inner, f"{prefix}{field.name}.")


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if callable(field.default_factory) else field.default

"""APIs from the services of Home Assistant's integrations: `services.yaml` and its English texts.

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). The package `homeassistant` is read, never imported.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from toolace.apis import normalise
from toolace.apis.descriptions import BRIEF, deprecated, describe, human, words
from toolace.apis.documents import load
from toolace.apis.normalise import Schema
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api, Json

MAX_SERVICES = 1_000
MAX_FIELDS = 200
MAX_EXAMPLE = 2_000
"""Characters of an example that is given as a text."""

_TIME = {unit: {"type": "integer", "minimum": 0} for unit in ("hours", "minutes", "seconds")}
_PLACE = {key: {"type": "number"} for key in ("latitude", "longitude", "radius")}
_MEDIA = {key: {"type": "string"} for key in ("media_content_id", "media_content_type")}
_BYTE = {"type": "integer", "minimum": 0, "maximum": 255}
_STEPS: Schema = {"type": "array", "items": {"type": "object"}}
_SELECTORS: dict[str, Schema] = {
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
    "duration": {"type": "object", "properties": _TIME},
    "location": {"type": "object", "properties": _PLACE, "required": ["latitude", "longitude"]},
    "media": {"type": "object", "properties": _MEDIA, "required": [*_MEDIA]},
    "color_rgb": {"type": "array", "items": _BYTE, "minItems": 3, "maxItems": 3},
    "target": {"type": "object", "properties": {"entity_id": {"type": "array", "items": {"type": "string"}}}},
    "action": _STEPS,
    "condition": _STEPS,
    "trigger": _STEPS,
}
_UNITS = {"%": "percent", "°": "degrees", "sec": "seconds", "ms": "milliseconds", "min": "minutes"}


def documents(config: ApisConfig) -> list[str]:
    """Lists the folders of all integrations with services, in the order of their names.

    Raises:
        ToolaceError: Home Assistant is not installed, or the folder holds no `services.yaml`.
    """
    folder = Path(config.home_assistant.path) if config.home_assistant.path else _installed()
    if (folder / "services.yaml").is_file():
        return [str(folder)]
    parts = folder / "components" if (folder / "components").is_dir() else folder
    if found := sorted(str(file.parent) for file in parts.glob("*/services.yaml")):
        return found
    raise ToolaceError(
        f"{folder}: no integration with a services.yaml; give apis.home_assistant.path the folder of the package "
        "homeassistant or of one integration"
    )


def _installed() -> Path:
    spec = importlib.util.find_spec("homeassistant")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        return Path(folder)
    raise ToolaceError(
        "Home Assistant is missing: pip install --no-deps homeassistant==2024.3.3, or set apis.home_assistant.path"
    )


def read(document: str) -> Iterator[Api]:
    """Yields the services of one integration; `document` is its folder.

    Raises:
        ToolaceError: `services.yaml`, its texts or its manifest cannot be read.
    """
    folder = Path(document).resolve()
    services = load(folder / "services.yaml")
    if services is None:  # an integration whose services all come from its configuration
        return
    if not isinstance(services, dict):
        raise ToolaceError(f"{folder / 'services.yaml'}: no mapping of services; mend it, or leave the folder out")
    texts = _dict(_dict(_optional(folder, "translations/en.json", "strings.json")).get("services"))
    integration = human(_dict(_optional(folder, "manifest.json")).get("name")) or " ".join(words(folder.name))
    own = folder.parts[-3:-1] == ("homeassistant", "components")
    for name, raw in islice(services.items(), MAX_SERVICES):
        service, text = _dict(raw), _dict(texts.get(name))
        said = _spoken(text, service, "description") or _spoken(text, service, "name")
        api = Api(
            name=f"{folder.name}.{name}",
            description=f"{integration}: {said}" if 0 < len(said) < 10 else said,
            parameters=_parameters(service, _dict(text.get("fields")), integration),
            functionality=integration,
            source="home_assistant",
            provider="home-assistant.io" if own else "",
            service=integration,
            license="Apache-2.0" if own else "",
        )
        if not deprecated({"description": said}) and not normalise.valid(api):
            yield api


def _optional(folder: Path, *names: str) -> Json:
    """Loads the first of the files that exists."""
    return next((load(folder / name) for name in names if (folder / name).is_file()), None)


def _spoken(text: Schema, raw: Schema, key: str, limit: int = 200) -> str:
    """Gives a text of a service or a field; those that only refer to another text say nothing."""
    given = text.get(key) or raw.get(key)
    return "" if isinstance(given, str) and given.startswith("[%key:") else describe(given, limit)


def _parameters(service: Schema, texts: Schema, integration: str) -> Schema:
    properties = _target(service["target"], integration) if "target" in service else {}
    required = list(properties)
    for name, field in islice(_fields(service), MAX_FIELDS):
        properties[name] = {"field": field, "description": _description(field, _dict(texts.get(name)))}
        if field.get("required") is True:
            required.append(name)
    return normalise.parameters({"type": "object", "properties": properties, "required": required}, _expand)


def _fields(service: Schema) -> Iterator[tuple[str, Schema]]:
    """Yields the fields; those of a section as if they stood beside it."""
    for name, raw in _dict(service.get("fields")).items():
        section = _dict(raw).get("fields")
        for key, field in _dict(section).items() if isinstance(section, dict) else [(name, raw)]:
            yield key, _dict(field)


def _description(field: Schema, text: Schema) -> str:
    """Gives what the field is; the unit of a number goes into its last sentence."""
    said = _spoken(text, field, "description", BRIEF - 20) or _spoken(text, field, "name")
    selector = _dict(field.get("selector"))
    unit = _dict(selector.get("number")).get("unit_of_measurement") or _dict(selector.get("color_temp")).get("unit")
    if not said or not isinstance(unit, str):
        return said
    unit = _UNITS.get(unit, unit)[:20]
    known = re.search(rf"(?i)(?<!\w){re.escape(unit.rstrip('s'))}(?:s|age)?(?!\w)", said)
    return said if known else f"{said.rstrip('.')} (in {unit})."


def _target(raw: Json, integration: str) -> dict[str, Schema]:
    """Gives the parameter for what the service acts on: an entity, or else a device."""
    target = _dict(raw)
    if "device" in target and "entity" not in target:
        return {"device_id": {"type": "string", "description": f"Id of the {integration} device to act on."}}
    wanted = target.get("entity")
    several = wanted if isinstance(wanted, list) else [wanted]
    found = [_dict(one).get("domain") for one in several[:MAX_FIELDS]]
    domains = [one for given in found for one in (given if isinstance(given, list) else [given]) if one]
    kinds = [" ".join(words(str(domain))) for domain in domains[:3]]
    what = " or ".join(dict.fromkeys(kinds)) or (integration if wanted else "")
    examples = [f"{domains[0]}.living_room"] if domains else []
    return {"entity_id": {"type": "string", "description": f"Id of the {what} entity to act on.", "examples": examples}}


def _expand(node: Schema) -> Schema:
    """Gives one field, or what an example looks like, as JSON Schema; what is inside follows when it is asked for."""
    if "field" in node:
        return _field(node["field"]) | {key: value for key, value in node.items() if key != "field"}
    return _like(node["like"]) if "like" in node else node


def _field(field: Schema) -> Schema:
    kind, raw = next(iter(_dict(field.get("selector")).items()), ("", None))
    options = _dict(raw)
    schema = _schema(kind, options, field.get("example"))
    if options.get("multiple") is True:
        schema = {"type": "array", "items": schema}
    if field.get("default") is not None:
        schema = schema | {"default": field["default"]}
    if field.get("example") is not None:
        schema = schema | {"examples": [_example(field["example"], schema.get("type"))]}
    return schema


def _schema(kind: str, options: Schema, example: Json) -> Schema:
    """Gives a selector as JSON Schema: what a call holds, not how it is picked on a screen."""
    if kind in ("number", "color_temp"):
        bounds = {"minimum": options.get("min"), "maximum": options.get("max")}
        numbers = (*bounds.values(), options.get("step"))
        whole = all(value is None or isinstance(value, int) for value in numbers)
        return {"type": "integer" if whole else "number"} | bounds
    if kind == "select":
        values = [_dict(one).get("value", one) for one in _list(options.get("options"))]
        choices = [value if isinstance(value, str) else json.dumps(value) for value in values]
        return {"type": "string"} | ({} if options.get("custom_value") is True else {"enum": choices})
    if kind == "constant":
        return {"enum": [options.get("value")]} | _like(options.get("value"))
    if kind == "object" and isinstance(options.get("fields"), dict):
        return {"type": "object", "properties": {key: {"field": _dict(one)} for key, one in options["fields"].items()}}
    if kind in ("object", ""):
        return _like(_example(example, "object") if example is not None else {} if kind else "")
    if kind == "text" and options.get("type") in ("email", "url"):
        return {"type": "string", "format": {"email": "email", "url": "uri"}[options["type"]]}
    return _SELECTORS.get(kind, {"type": "string"})


def _example(value: Json, kind: Json) -> Json:
    """Reads examples that are written as a text: `"[255, 100, 100]"` is a list, and `1234` may be a text."""
    if not isinstance(value, str):
        return json.dumps(value) if kind == "string" and isinstance(value, int | float) else value
    try:
        parsed = json.loads(value[:MAX_EXAMPLE])
    except (ValueError, RecursionError):
        return value
    return value if kind == "string" and not isinstance(parsed, str) else parsed


def _like(value: Json) -> Schema:
    """Gives the schema of values like this one."""
    if isinstance(value, dict):
        return {"type": "object", "properties": {key: {"like": one} for key, one in value.items()}}
    if isinstance(value, list):
        return {"type": "array", "items": {"like": value[0]} if value else {"type": "string"}}
    if isinstance(value, bool):
        return {"type": "boolean"}
    return {"type": "integer" if isinstance(value, int) else "number" if isinstance(value, float) else "string"}


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value[:MAX_FIELDS] if isinstance(value, list) else []

"""The prompts of all roles: `prompts/NAME.jinja`, each with a block `system` and a block `user`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


FOLDER = Path(__file__).parents[1] / "prompts"


def prompt(name: str, **values: Any) -> list[dict[str, str]]:
    """Render a prompt as chat messages.

    Raises:
        jinja2.UndefinedError: the template needs a value that is not given.
    """
    template = _environment().get_template(f"{name}.jinja")
    context = template.new_context(values)
    return [{"role": role, "content": "".join(template.blocks[role](context)).strip()} for role in ("system", "user")]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(FOLDER)
    return Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

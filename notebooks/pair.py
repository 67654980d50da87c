"""`python notebooks/pair.py`: write each notebook anew from its script, without outputs, the same bytes each time."""

from pathlib import Path

import jupytext


def content(script: Path) -> str:
    notebook = jupytext.read(script)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    return jupytext.writes(notebook, fmt="ipynb")


if __name__ == "__main__":
    for script in Path(__file__).parent.glob("0*.py"):
        script.with_suffix(".ipynb").write_text(content(script))

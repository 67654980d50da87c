"""APIs from the functions and methods of Python files: their signatures, type hints and docstrings.

Seeds for Tool Self-evolution Synthesis (ToolACE §2.1). Files are parsed, never imported or run. A function that needs
an argument which no JSON value can be (a data frame, a callback), or of which nothing is said, is left out.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from docstring_parser.common import Docstring

from toolace.apis import normalise
from toolace.apis.descriptions import BRIEF, deprecated, describe, words
from toolace.apis.docstrings import docstring, documented, spoken
from toolace.apis.normalise import Schema
from toolace.apis.python_types import Types, last, types
from toolace.config import ApisConfig
from toolace.errors import ToolaceError
from toolace.records import Api, Json

MAX_BYTES = 2_000_000
MAX_FUNCTIONS = 2_000
MAX_PARAMETERS = 64

Function = ast.FunctionDef | ast.AsyncFunctionDef

_PRIVATE = re.compile(r"_(?!_init__\.py$)|\.|tests?$|test_|conftest\.py$|setup\.py$")
_UNCALLED = {
    *("property", "cached_property", "setter", "getter", "deleter"),
    *("overload", "deprecated", "contextmanager", "asynccontextmanager"),
}


def documents(config: ApisConfig) -> list[str]:
    """Lists the Python files in the order of their paths, without private modules and tests.

    Raises:
        ToolaceError: `apis.python.path` is not set, does not exist, or holds no Python file.
    """
    if not config.python.path:
        raise ToolaceError("apis.sources has python: give apis.python.path=FILE_OR_FOLDER too")
    path = Path(config.python.path)
    if path.is_file():
        return [str(path)]
    if not path.is_dir():
        raise ToolaceError(f"{path}: no such file or folder; give apis.python.path a Python file or a folder of them")
    files = (file for file in path.rglob("*.py") if not any(map(_PRIVATE.match, file.relative_to(path).parts)))
    if found := sorted(str(file) for file in files if file.resolve().is_relative_to(path.resolve())):
        return found
    raise ToolaceError(f"{path}: no public Python file (*.py) in this folder; give apis.python.path another one")


def read(document: str) -> Iterator[Api]:
    """Yields the documented public functions of one file, and the methods of its public classes.

    Raises:
        ToolaceError: The file cannot be read, is larger than 2 MB, malformed or nested too deep.
    """
    path = Path(document)
    tree = _tree(path)
    module = path.resolve().parent.name if path.stem == "__init__" else path.stem
    package = _package(path.resolve())
    hints = types(tree)
    apis: dict[str, Api] = {}
    for owner, function in islice(_functions(tree, hints), MAX_FUNCTIONS):
        api = _api(owner, function, hints, module, package)
        if api and not normalise.valid(api):
            apis[api.name] = api  # as in Python, the last definition counts
    yield from apis.values()


def _tree(path: Path) -> ast.Module:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ToolaceError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; split the file")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # others' invalid escape sequences are no concern of the user
            return ast.parse(data.decode("utf-8-sig"))
    except OSError as error:
        raise ToolaceError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from error
    except SyntaxError as error:
        raise ToolaceError(f"{path}, line {error.lineno}: malformed Python ({error.msg}); mend this line") from error
    except UnicodeDecodeError as error:
        raise ToolaceError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except ValueError as error:
        raise ToolaceError(f"{path}: malformed Python ({error}); mend it or leave it out") from error
    except (RecursionError, MemoryError) as error:
        raise ToolaceError(f"{path}: nested too deep; simplify it or leave it out") from error


def _package(path: Path) -> str:
    """Names the outermost package that a file lies in."""
    name = ""
    for folder in path.parents:
        if not (folder / "__init__.py").is_file():
            break
        name = folder.name
    return name if name.isascii() else ""


def _functions(tree: ast.Module, hints: Types) -> Iterator[tuple[str, Function]]:
    """Yields (class or nothing, function) for what can be called; the methods of data classes are housekeeping."""
    for node in tree.body:
        if isinstance(node, Function) and _public(node):
            yield "", node
        elif isinstance(node, ast.ClassDef) and not (node.name.startswith("_") or hints.is_data(node)):
            methods = [one for one in node.body if isinstance(one, Function) and _public(one)]
            names = {one.name for one in methods}
            yield from ((node.name, one) for one in methods if not _twin(one, names))


def _public(function: Function) -> bool:
    return not function.name.startswith("_") and _UNCALLED.isdisjoint(map(last, function.decorator_list))


def _twin(function: Function, names: set[str]) -> bool:
    """Says whether a method does what another one does, only asynchronously: `asearch` beside `search`."""
    return isinstance(function, ast.AsyncFunctionDef) and re.sub("^a(?:sync_|_)?", "", function.name) in names


def _api(owner: str, function: Function, hints: Types, module: str, package: str) -> Api | None:
    doc = docstring(function)
    description = describe(spoken(doc.description))
    if not description or doc.deprecation or deprecated({"description": doc.description}):
        return None
    parameters = _parameters(owner, function, doc, hints)
    if parameters is None:
        return None
    bare = len(words(function.name)) == 1
    qualified = f"{owner or module}.{function.name}" if owner or bare else function.name
    return Api(
        name=qualified if len(qualified) <= 64 else function.name,
        description=description,
        parameters=parameters,
        returns=_returns(function, doc, hints),
        functionality=_human(owner or module),
        source="python",
        provider=package,
        service=_human(module),
    )


def _human(name: str) -> str:
    """Words the name of a class or a module: `GmailTools` → Gmail."""
    return re.sub(r"(?<=\w) (?:tools?|toolkit)$", "", " ".join(words(name))).capitalize()


def _parameters(owner: str, function: Function, doc: Docstring, hints: Types) -> Schema | None:
    """Gives the schema of the arguments, or None for a function that cannot be called with JSON."""
    said = documented(doc)
    properties: Schema = {}
    required: list[str] = []
    for argument, default in islice(_arguments(owner, function), MAX_PARAMETERS):
        name, hint = argument.arg, argument.annotation
        given = name == "ctx" or (name == "context" and hint is None) or hints.injected(hint)
        if given or name.startswith("_"):
            continue
        schema, needed = hints.argument(hint, default, said.get(name))
        if schema is not None:
            properties[name] = schema
            required += [name] if needed else []
        elif needed:
            return None
    if (
        not properties
        and function.returns
        and not _nothing(function.returns)
        and hints.schema(function.returns) is None
    ):
        return None  # it only hands out an object of Python
    return normalise.parameters({"type": "object", "properties": properties, "required": required}, hints.expand)


def _arguments(owner: str, function: Function) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Yields each argument with its default, but for `self` and `cls`, `*args` and `**kwargs`."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    defaults = [*[None] * (len(positional) - len(given.defaults)), *given.defaults]
    bound = owner and "staticmethod" not in map(last, function.decorator_list)
    yield from list(zip(positional, defaults, strict=True))[1 if bound else 0 :]
    yield from zip(given.kwonlyargs, given.kw_defaults, strict=True)


def _nothing(hint: ast.expr) -> bool:
    return isinstance(hint, ast.Constant) and hint.value is None


def _returns(function: Function, doc: Docstring, hints: Types) -> Json:
    given = doc.returns
    schema = hints.schema(function.returns) or hints.written(given.type_name if given else None)
    if not schema:
        return None
    said = describe(spoken(given.description), BRIEF) if given else ""
    shape = normalise.returns(schema, hints.expand) or ({"type": "object"} if said else None)
    return shape | {"description": said} if shape and said else shape

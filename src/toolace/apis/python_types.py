"""The type hints of a Python file, and the types in its docstrings, as JSON Schema. Nothing is imported or run."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from itertools import islice

from docstring_parser.common import DocstringParam

from toolace.apis.descriptions import BRIEF, describe
from toolace.apis.docstrings import docstring, documented, plain, spoken
from toolace.apis.normalise import SCANNED, Schema
from toolace.records import Json

MAX_HINT = 300
"""Characters of a type hint that is written as a text."""
MAX_DEPTH = 16

_NAMES = {
    "string": "str string text Path PathLike AnyStr",
    "integer": "int integer PositiveInt NonNegativeInt",
    "number": "float number Decimal Number Real PositiveFloat",
    "boolean": "bool boolean",
    "object": "dict Dict Mapping MutableMapping OrderedDict defaultdict",
    "array": "list List tuple Tuple set Set frozenset FrozenSet AbstractSet deque array Sequence MutableSequence "
    "Collection Iterable Iterator Generator AsyncIterable AsyncIterator AsyncGenerator",
}
_FORMATS = {
    "datetime": "date-time",
    "date": "date",
    "time": "time",
    "UUID": "uuid",
    "EmailStr": "email",
    "AnyUrl": "uri",
    "HttpUrl": "uri",
}
_PLAIN: dict[str, Schema] = {
    **{name: {"type": kind} for kind, names in _NAMES.items() for name in names.split()},
    **{name: {"type": "string", "format": form} for name, form in _FORMATS.items()},
    "Any": {},
    "object": {},
}
_WRAPPERS = {"Annotated", "Required", "NotRequired", "ReadOnly", "Final", "Awaitable"}
_STRUCTURES = {"BaseModel", "TypedDict", "NamedTuple", "Struct", "dataclass"}
_ENUMS = {"Enum", "IntEnum", "StrEnum"}
_FIELDS = {"Field", "field", "Query", "Path", "Body", "Form", "Header"}

_INJECTED = re.compile(r"\w*Context|\w*Agent|Team")
_AFTER_TYPE = re.compile(r",\s*(?:optional|default|keyword)|;|\s+\(|\s+or\s+none\b|\s+with\s|\s+shape\b", re.IGNORECASE)
_MANY = re.compile(r"(?:list|sequence|array|tuple|set|iterable|collection)s?\s+of\s+(.+)", re.IGNORECASE)
_NUMBERS = re.compile(r"(?:np\.|numpy\.)?(?:ndarray|array[-_ ]?like)\b", re.IGNORECASE)
_WORD = re.compile(r"\b(?:str|string|int|integer|float|number|bool|boolean|list|dict)\b")


def last(node: ast.AST | None) -> str:
    """Gives the last word of a dotted name, of what is called, or of what has brackets."""
    node = node.func if isinstance(node, ast.Call) else node
    node = node.value if isinstance(node, ast.Subscript) else node
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@dataclass
class Types:
    """The type hints of one file.

    A schema is {} when any value fits, and None when no JSON value does. `known` and `opened` hold the aliases and the
    data classes that were looked up before.
    """

    classes: dict[str, ast.ClassDef]
    aliases: dict[str, ast.expr]
    known: dict[str, Schema | None] = field(default_factory=dict)
    opened: dict[str, Schema] = field(default_factory=dict)

    def argument(
        self, hint: ast.expr | None, default: ast.expr | None, said: DocstringParam | None
    ) -> tuple[Schema | None, bool]:
        """Gives what is known of an argument or a field, or None, and whether it must be given."""
        noted, default = _noted(default)
        value = self.value(default) if default else None
        schema, written = self.schema(hint), self.written(said.type_name if said else None)
        if schema in ({}, {"type": "array"}):
            schema = written or schema or ({"type": kind} if (kind := _kind(value)) else written)
        text = describe(spoken(said.description), BRIEF) if said else ""
        if schema is None or not (schema or text or "description" in noted):
            return None, default is None
        schema = (schema or {"type": "string"}) | noted | ({"description": text} if text else {})
        if schema.get("type") == "array" and not schema.get("items"):
            schema["items"] = {"type": "string"}
        return schema | ({"default": value} if value is not None else {}), default is None

    def schema(self, hint: ast.expr | None, depth: int = 0) -> Schema | None:
        """Gives a type hint as JSON Schema; data classes of the file as `$ref`, for `expand` to open."""
        if hint is None or depth > MAX_DEPTH:
            return {}
        if isinstance(hint, ast.Constant):
            return self.schema(_expression(hint.value), depth + 1) if isinstance(hint.value, str) else None
        if isinstance(hint, ast.BinOp):
            return self._union(_alternatives(hint), depth)
        if isinstance(hint, ast.Set):
            return self._choices(hint.elts)
        name = last(hint)
        if isinstance(hint, ast.Subscript):
            return self._generic(name, hint.slice.elts if isinstance(hint.slice, ast.Tuple) else [hint.slice], depth)
        if name in self.classes:
            return self._named(self.classes[name])
        if name not in _PLAIN and name not in self.known and name in self.aliases:
            self.known[name] = None  # for an alias that stands for itself
            self.known[name] = self.schema(self.aliases[name], depth + 1)
        return _PLAIN.get(name, self.known.get(name))

    def _generic(self, name: str, inside: list[ast.expr], depth: int) -> Schema | None:
        known = _PLAIN.get(name)
        if name in ("Optional", "Union"):
            return self._union(inside, depth)
        if name == "Literal":
            return self._choices(inside)
        if name == "Coroutine":
            return self.schema(inside[-1], depth + 1)
        if name in _WRAPPERS and inside:
            schema = self.schema(inside[0], depth + 1)
            return None if schema is None else schema | _notes(inside[1:])
        if known != {"type": "array"} or not inside:
            return known
        items = self.schema(inside[0], depth + 1)
        fixed = name in ("tuple", "Tuple") and not any(isinstance(one, ast.Constant) for one in inside)
        size = {"minItems": len(inside), "maxItems": len(inside)} if fixed else {}
        return None if items is None else known | {"items": items} | size

    def _union(self, options: list[ast.expr], depth: int) -> Schema | None:
        """Takes the first alternative that is a JSON value: a caller needs one way only."""
        known = [schema for one in options if (schema := self.schema(one, depth + 1)) is not None]
        kinds = [schema.get("type") for schema in known]
        return known[kinds.index("number") if {"integer", "number"} == set(kinds) else 0] if known else None

    def _choices(self, options: list[ast.expr]) -> Schema | None:
        values = [value for one in options if (value := self.value(one)) is not None]
        kind = _kind(values[0]) if values else ""
        return {"type": kind, "enum": values} if kind else None

    def _named(self, node: ast.ClassDef) -> Schema | None:
        if self.is_enum(node):
            return self._choices(list(_members(node).values()))
        return {"$ref": node.name} if self.is_data(node) else None

    def is_enum(self, node: ast.ClassDef) -> bool:
        """Says whether a class lists the values that there are."""
        return any(last(base) in _ENUMS for part in self._lineage(node) for base in part.bases)

    def is_data(self, node: ast.ClassDef) -> bool:
        """Says whether a class is no more than its fields."""
        named = {last(one) for part in self._lineage(node) for one in (*part.bases, *part.decorator_list)}
        return not named.isdisjoint(_STRUCTURES)

    def _lineage(self, node: ast.ClassDef) -> list[ast.ClassDef]:
        """Lists a class and those of the file that it derives from."""
        found = [node]
        for part in islice(found, MAX_DEPTH):  # which grows meanwhile
            bases = [self.classes[name] for name in map(last, part.bases[:MAX_DEPTH]) if name in self.classes]
            found += [base for base in bases if base not in found]
        return found

    def expand(self, node: Schema) -> Schema:
        """Opens a data class: its fields as properties."""
        name = node.get("$ref")
        if name not in self.classes:
            return node
        if name not in self.opened:
            self.opened[name] = self._fields(self._lineage(self.classes[name])[::-1])
        return self.opened[name] | node

    def _fields(self, lineage: list[ast.ClassDef]) -> Schema:
        said: dict[str, DocstringParam] = {}
        for part in lineage:
            said |= documented(docstring(part))
        properties: Schema = {}
        required: list[str] = []
        for one in islice((one for part in lineage for one in part.body), SCANNED):
            if (
                isinstance(one, ast.AnnAssign)
                and isinstance(one.target, ast.Name)
                and last(one.annotation) != "ClassVar"
            ):
                key = one.target.id
                schema, needed = self.argument(one.annotation, one.value, said.get(key))
                properties[key] = schema or {"type": "string"}
                required += [key] if needed and last(one.annotation) != "NotRequired" else []
        return {"type": "object", "properties": properties, "required": required}

    def value(self, expression: ast.expr) -> Json:
        """Gives a literal, or the value of a member of an enumeration, else None."""
        if isinstance(expression, ast.Attribute) and (owner := self.classes.get(last(expression.value))):
            expression = _members(owner).get(expression.attr, expression)
        try:
            return ast.literal_eval(expression)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None

    def injected(self, hint: ast.expr | None) -> bool:
        """Says whether a framework gives this argument, not the caller."""
        if hint is None or self.schema(hint) is not None:
            return False
        texts = [one.value if isinstance(one, ast.Constant) else last(one) for one in ast.walk(hint)]
        return any(_INJECTED.fullmatch(word) for text in texts for word in re.findall(r"\w+", str(text)[:MAX_HINT]))

    def written(self, text: str | None) -> Schema | None:
        """Reads a type as docstrings have it: `int, optional`, `list of str`, `{'a', 'b'}`, `array_like`."""
        text = _AFTER_TYPE.split(plain((text or "")[:MAX_HINT]).replace("`", "").strip(), maxsplit=1)[0]
        if not text:
            return {}
        if many := _MANY.match(text):
            return {"type": "array", "items": self.written(many[1]) or {"type": "string"}}
        if _NUMBERS.match(text):
            return {"type": "array", "items": {"type": "number"}}
        first = text.split(" or ", maxsplit=1)[0]
        for spelling in (first, first.rstrip("s")):
            if (hint := _expression(spelling)) and (schema := self.schema(hint)) is not None:
                return schema
        word = _WORD.search(text)
        return _PLAIN[word[0]] if word else None


def types(tree: ast.Module) -> Types:
    """Collects the classes and the type aliases of a file."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return Types(classes, _members(tree))


def _members(node: ast.Module | ast.ClassDef) -> dict[str, ast.expr]:
    assigned = ((one.targets[0], one.value) for one in node.body if isinstance(one, ast.Assign))
    return {target.id: value for target, value in assigned if isinstance(target, ast.Name)}


def _alternatives(hint: ast.expr) -> list[ast.expr]:
    found: list[ast.expr] = []
    while isinstance(hint, ast.BinOp):  # `A | B | C` leans to the left, maybe far
        found.append(hint.right)
        hint = hint.left
    return [hint, *reversed(found)]


def _expression(text: str) -> ast.expr | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text[:MAX_HINT].strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _noted(default: ast.expr | None) -> tuple[Schema, ast.expr | None]:
    """Splits `Field(5, description="…")` into what it says and the default; any other expression is the default."""
    if not isinstance(default, ast.Call) or last(default) not in _FIELDS:
        return {}, default
    given = {one.arg: one.value for one in default.keywords}
    first = default.args[0] if default.args else given.get("default", given.get("default_factory"))
    return _notes([default]), None if isinstance(first, ast.Constant) and first.value is ... else first


def _notes(extras: list[ast.expr]) -> Schema:
    """Gives what stands beside the type in `Annotated`, or in a call of `Field`."""
    notes: Schema = {}
    for one in extras:
        given: dict[str | None, ast.expr] = {"description": one}
        if isinstance(one, ast.Call):
            given = {"description": one.args[0]} if last(one) == "Doc" and one.args else {}
            given |= {keyword.arg: keyword.value for keyword in one.keywords}
        for key, name in {"description": "description", "ge": "minimum", "le": "maximum"}.items():
            if isinstance(value := given.get(key), ast.Constant):
                notes[name] = value.value
    return notes


def _kind(value: Json) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "")

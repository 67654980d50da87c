import importlib.util
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolace.apis.normalise import valid
from toolace.apis.sources import python_functions
from toolace.apis.sources.python_functions import documents, read
from toolace.config import ApisConfig, DocumentsConfig
from toolace.errors import ToolaceError

SHOP = '''
raise SystemExit("nobody may run this file")
from enum import Enum

Size = Literal["small", "large"]

class Colour(str, Enum):
    RED = "red"
    BLUE = "blue"

@dataclass
class Item:
    """A thing.

    Attributes:
        name: What it is called.
    """

    name: str
    size: Size = "small"
    parts: "list[Item] | None" = None
    tag: str = Field(default="", description="A mark on it.")

    def weigh(self) -> float:
        """Gives the weight of the thing."""

class ShopTools(Toolkit):
    def order(self, item: Item, count: int = 1, colour: Colour = Colour.RED, ctx=None, *args, **more) -> dict[str, Any]:
        """Order an item.

        Args:
            item: What to order.
            count (int, optional): How many. Defaults to 1.

        Returns:
            dict: The :class:`~shop.Order` as it stands.

        Raises:
            ValueError: never,
        or hardly ever.
        """

    async def aorder(self, item: Item):
        """Order an item, asynchronously."""

    @staticmethod
    def prices(run: RunContext, currency: Annotated[str, "A code such as EUR."], _secret: int = 0) -> list[float]:
        """List the prices."""

    @property
    def size(self) -> int:
        """How large the shop is."""

    def export(self, frame: pd.DataFrame):
        """Needs what no JSON value can be."""

    def guess(self, something):
        """Says nothing of what it needs."""

    def tools(self) -> list[Tool]:
        """Hands out objects of Python."""

    def undocumented(self, item: str): ...

class _Private:
    def hidden(self):
        """Is not offered to anybody."""

def close(hour: int = 20):
    """Closes the shop."""

def open_shop():
    """Deprecated. Opens the shop."""
'''
GOOGLE = """Finds a shop.

Args:
    town (str): The town.
    kinds (list of str, optional): What it sells.

Returns:
    list[str]: The names.
"""
NUMPY = """Finds a shop.

Parameters
----------
town : str
    The town.
kinds : list of str, optional
    What it sells.

Returns
-------
list of str
    The names.
"""
REST = """Finds a shop.

:param town: The town.
:type town: str
:param list[str] kinds: What it sells.
:returns: The names.
:rtype: list of str
"""
EPYDOC = """Finds a shop.

@param town: The town.
@type town: str
@param kinds: What it sells.
@type kinds: list of str
@return: The names.
@rtype: list of str
"""


def config(path):
    return ApisConfig(python=DocumentsConfig(str(path) if path else None))


@pytest.fixture
def apis(tmp_path):
    def parse(source, name="shop.py"):
        path = tmp_path / name
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return {api.name: api for api in read(str(path))}

    return parse


@pytest.fixture
def argument(apis):
    """The schema of the argument of a function, or None when the function is left out."""

    def parse(hint, default="", preamble=""):
        source = (
            f'{preamble}\ndef give_it(it{f": {hint}" if hint else ""}{default}):\n    """Gives it to somebody."""\n'
        )
        found = apis(source)
        properties = found["give_it"].parameters.get("properties", {}) if found else {"it": None}
        return properties.get("it") and {key: value for key, value in properties["it"].items() if key != "description"}

    return parse


def test_functions_and_methods_become_apis(apis):
    found = apis(SHOP)
    assert found.keys() == {"ShopTools.order", "ShopTools.prices", "shop.close"}
    order = found["ShopTools.order"]
    assert (order.description, order.source, order.license) == ("Order an item.", "python", "")
    assert (order.service, order.functionality, order.provider) == ("Shop", "Shop", "")
    assert order.returns == {"type": "object", "description": "The Order as it stands."}
    item = order.parameters["properties"].pop("item")
    assert order.parameters == {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "description": "How many.", "default": 1},
            "colour": {"type": "string", "description": "Colour.", "enum": ["red", "blue"], "default": "red"},
        },
        "required": ["item"],
    }
    assert item["required"] == ["name"]
    assert item["properties"] == {
        "name": {"type": "string", "description": "What it is called."},
        "size": {"type": "string", "description": "Size.", "enum": ["small", "large"], "default": "small"},
        "tag": {"type": "string", "description": "A mark on it."},
    }
    prices = found["ShopTools.prices"]
    assert prices.parameters["properties"] == {"currency": {"type": "string", "description": "A code such as EUR."}}
    assert prices.returns == {"type": "array", "items": {"type": "number"}}
    assert found["shop.close"].parameters["properties"]["hour"]["default"] == 20


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, REST, EPYDOC])
def test_docstring_styles(apis, docstring):
    (api,) = apis(f'def find_shop(town, kinds=None):\n    """{docstring}"""').values()
    assert api.description == "Finds a shop."
    assert api.parameters == {
        "type": "object",
        "properties": {
            "town": {"type": "string", "description": "The town."},
            "kinds": {"type": "array", "description": "What it sells.", "items": {"type": "string"}},
        },
        "required": ["town"],
    }
    assert api.returns == {"type": "array", "items": {"type": "string"}, "description": "The names."}


STRINGS = {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        ("str", {"type": "string"}),
        ("Optional[float]", {"type": "number"}),
        ("None | int", {"type": "integer"}),
        ("Union[Callable, bool]", {"type": "boolean"}),
        ("int | float", {"type": "number"}),
        ("'typing.List[str]'", STRINGS),
        ("list", STRINGS),
        ("tuple[float, float]", {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
        ("tuple[int, ...]", {"type": "array", "items": {"type": "integer"}}),
        ("list[set[int]]", {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
        ("dict[str, int]", {"type": "object"}),
        ("Literal[1, 2]", {"type": "integer", "enum": [1, 2]}),
        ("datetime.datetime", {"type": "string", "format": "date-time"}),
        ("UUID", {"type": "string", "format": "uuid"}),
        ("Annotated[int, Field(ge=1, le=5)]", {"type": "integer", "minimum": 1, "maximum": 5}),
        ("pd.DataFrame", None),
        ("Callable[[int], str]", None),
        ("list[Widget]", None),
        ("", None),
        ("Any", None),
        ("a" + ".b" * 500, None),
        ("list[" * 90 + "int" + "]" * 90, {"type": "array", "items": {"type": "object"}}),
    ],
)
def test_hints(argument, hint, schema):
    assert argument(hint) == schema


@pytest.mark.parametrize(
    ("hint", "default", "schema"),
    [
        ("", "=5", {"type": "integer", "default": 5}),
        ("", "=None", None),
        ("Any", "=None", None),
        ("Widget", "=None", None),
        ("int", "=-1", {"type": "integer", "default": -1}),
        ("int", "=LIMIT", {"type": "integer"}),
        ("int", "=Field(3, ge=1)", {"type": "integer", "default": 3, "minimum": 1}),
        ("int", "=Query(..., le=9)", {"type": "integer", "maximum": 9}),
    ],
)
def test_defaults(argument, hint, default, schema):
    assert argument(hint, default) == schema


def test_classes_that_hold_themselves(argument):
    loop = "class A(BaseModel):\n    x: int\n    b: 'B'\nclass B(A):\n    a: A\nclass C(C): ...\nD = E = D | E\nE = D"
    assert argument("A", preamble=loop)["properties"]["x"] == {"type": "integer", "description": "X."}
    assert argument("C", preamble=loop) is None
    assert argument("D", preamble=loop) is None


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        ("context: str", {"text", "context"}),
        ("context: Context", {"text"}),
        ("context", {"text"}),
        ("agent: Union[Agent, Team]", {"text"}),
        ("run: 'Optional[ToolContext]'", {"text"}),
        ("_own: int", {"text"}),
        ("*args", {"text"}),
        ("*, flag: bool", {"text", "flag"}),
        ("/, flag: bool, **more", {"text", "flag"}),
    ],
)
def test_arguments_that_no_caller_gives(apis, argument, names):
    (api,) = apis(f'def say_it(text: str, {argument}):\n    """Says it aloud."""').values()
    assert api.parameters["properties"].keys() == names


def test_names(apis):
    long = "a" * 40
    source = f'class C{long}:\n  def {long}(self):\n    """Does something long."""\ndef get():\n  """Gets something."""'
    assert apis(source).keys() == {long, "shop.get"}
    assert not apis(f'def {"a" * 70}():\n  """Has too long a name."""')


def test_modules_are_named_after_their_package(tmp_path):
    folder = tmp_path / "big_shop" / "till_tools"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "__init__.py").write_text('def pay(sum_of_money: float):\n    """Pays for the goods."""')
    (api,) = read(str(folder / "__init__.py"))
    assert (api.name, api.service, api.provider) == ("till_tools.pay", "Till", "big_shop")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"x = 1\ndef f(:\n", r"shop\.py, line 2: malformed Python \(invalid syntax\)"),
        (b"x = '\xff'", "not UTF-8 at byte 5"),
        (b"x = 1\0", "malformed Python"),
        (b"x = " + b"-" * 100_000 + b"1", "nested too deep"),
        (b"x" + b".y" * 100_000, "nested too deep"),
        (b"#" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_broken_files(apis, source, reason):
    with pytest.raises(ToolaceError, match=reason):
        apis(source)


def test_documents(tmp_path):
    kept = ["__init__.py", "shop.py", "tools/till.py"]
    for name in [*kept, "_own.py", "tests/a.py", "test_b.py", ".venv/c.py", "conftest.py", "notes.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "away.py").symlink_to(python_functions.__file__)
    assert documents(config(tmp_path)) == [str(tmp_path / name) for name in kept]
    assert documents(config(tmp_path / "_own.py")) == [str(tmp_path / "_own.py")]
    for path in (None, tmp_path / "nowhere", tmp_path / "tests" / "none"):
        with pytest.raises(ToolaceError, match=r"apis\.python\.path"):
            documents(config(path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ToolaceError, match="no public Python file"):
        documents(config(tmp_path / "empty"))


LINES = st.lists(
    st.sampled_from([*SHOP.splitlines(), *GOOGLE.splitlines(), *NUMPY.splitlines(), *REST.splitlines(), ":: a", "@: "])
    | st.text(st.characters(exclude_characters='"\\\0'), max_size=20),
    max_size=12,
)
NAMES = st.sampled_from(["int", "str", "None", "Any", "Thing", "Colour", "Odd", "datetime", "'Thing'", "''", "1"])
HINTS = st.recursive(
    NAMES,
    lambda inner: (
        st.builds(
            "{}[{}]".format,
            st.sampled_from(
                ["list", "Optional", "Union", "Literal", "dict", "tuple", "Annotated", "Coroutine", "Required"]
            ),
            st.lists(inner, min_size=1, max_size=3).map(", ".join),
        )
        | st.builds("{} | {}".format, inner, inner)
    ),
    max_leaves=8,
)
DEFAULTS = st.sampled_from(["", " = None", " = 1e999", " = Colour.RED", " = Field(default='\\ud800')", " = (1, b'x')"])
CLASSES = "class Thing(TypedDict):\n  a: 'Thing'\n  b: int\nclass Colour(Enum):\n  RED = 1\n  BLUE = 'b'\n"


@settings(max_examples=100, deadline=None)
@given(LINES, HINTS, DEFAULTS, HINTS)
def test_any_function_gives_valid_apis(tmp_path_factory, lines, hint, default, returned):
    path = tmp_path_factory.getbasetemp() / "fuzzed.py"
    docstring = "\n    ".join(["Does it well.", *lines]).replace('"', "'")
    source = f'{CLASSES}def do_it(town: {hint}{default}) -> {returned}:\n    """{docstring}\n    """\n'
    path.write_text(source, encoding="utf-8", errors="ignore")
    for api in read(str(path)):
        assert valid(api) is None
        msgspec.json.encode(api)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, len(SHOP) - 1), max_size=4), st.text(max_size=4))
def test_any_file_is_read_or_refused(tmp_path_factory, places, inserted):
    path = tmp_path_factory.getbasetemp() / "mutated.py"
    source = SHOP
    for place in places:
        source = source[:place] + inserted + source[place + 1 :]
    path.write_text(source, encoding="utf-8", errors="ignore")
    try:
        assert all(valid(api) is None for api in read(str(path)))
    except ToolaceError as error:
        assert str(error).startswith(str(path))


def test_real_functions():
    spec = importlib.util.find_spec("faker")
    document = str(Path(spec.origin).parent / "providers" / "misc" / "__init__.py")
    apis = {api.name: api for api in read(document)}
    password = apis["Provider.password"].parameters["properties"]
    assert password["length"]["type"] == "integer"
    assert password["upper_case"]["type"] == "boolean"
    assert apis["Provider.password"].returns["type"] == "string"
    assert len(apis) > 15

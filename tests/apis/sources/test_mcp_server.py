import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from toolace.apis.normalise import valid
from toolace.apis.sources import mcp_server
from toolace.apis.sources.mcp_server import documents, read
from toolace.config import ApisConfig
from toolace.errors import ToolaceError

DUMPS = Path(__file__).parents[4] / "shared" / "reference" / "data" / "mcp_servers"

TOOLS = [
    {
        "name": "brew",
        "description": "Brews a pot of <b>tea</b>.",
        "inputSchema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {"tea": {"$ref": "#/$defs/Tea"}, "cups": {"type": ["integer", "null"], "minimum": 1}},
            "required": ["tea"],
            "$defs": {"Tea": {"type": "string", "enum": ["green", "black"]}},
        },
        "outputSchema": {"type": "object", "properties": {"litres": {"type": "number"}}},
    },
    {"name": "list teas/black", "description": "", "annotations": {"title": "List all black teas"}},
    {"name": "count_cups", "description": "Counts the clean cups.", "inputSchema": None},
]

SERVER = '''
import os, socket, sys, threading

import anyio
import mcp_types as types
import uvicorn
from mcp.server import MCPServer, Server

house = MCPServer("Tea House MCP Server")

@house.tool()
def brew(tea: str, cups: int = 2) -> list[str]:
    """Brews a pot of tea."""
    return []

@house.tool(title="Count the cups that are left")
def count_cups() -> int:
    return 7

async def page(context, params):
    number = int(params.cursor or 0) if params else 0
    tool = types.Tool(name=f"brew_tea_{number}", description=f"Process {os.getpid()}.", input_schema={"type": "object"})
    return types.ListToolsResult(tools=[tool], next_cursor=str(number + 1))

def serve_http():
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()  # ends with its parent
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(house.streamable_http_app(), log_level="warning"))
    anyio.run(lambda: server.serve([listener]))

async def serve_pages():
    from mcp.server.stdio import stdio_server

    server = Server("Endless", on_list_tools=page)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())

{"stdio": house.run, "http": serve_http, "pages": lambda: anyio.run(serve_pages)}[sys.argv[1]]()
'''


def names(path):
    return [api.name for api in read(str(path))]


def saved(tmp_path, value, name="tea-house.json"):
    path = tmp_path / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def config(**places):
    made = ApisConfig()
    for key, value in places.items():
        setattr(made.mcp, key, value)
    return made


@pytest.fixture
def server(tmp_path):
    path = tmp_path / "server.py"
    path.write_text(SERVER, encoding="utf-8")
    return str(path)


@pytest.fixture
def address(server):
    command = [sys.executable, server, "http"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/mcp"
        finally:
            process.kill()


def gone(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    "value",
    [
        TOOLS,
        {"tools": TOOLS, "nextCursor": None},
        {"jsonrpc": "2.0", "id": 1, "result": {"tools": TOOLS}},
        {"metadata": {"remote_server_response": {"tools": TOOLS}}},
    ],
)
def test_every_shape_of_dump_gives_every_tool(tmp_path, value):
    assert names(saved(tmp_path, value)) == ["tea_house.brew", "list_teas.black", "count_cups"]


def test_a_tool_becomes_an_api(tmp_path):
    brew, teas, cups = read(str(saved(tmp_path, TOOLS)))
    assert brew.description == "Brews a pot of tea."
    assert brew.parameters == {
        "type": "object",
        "properties": {
            "tea": {"type": "string", "description": "Tea.", "enum": ["green", "black"]},
            "cups": {"type": "integer", "description": "Cups.", "minimum": 1},
        },
        "required": ["tea"],
    }
    assert brew.returns["properties"]["litres"]["type"] == "number"
    assert (brew.source, brew.service, brew.provider, brew.functionality) == ("mcp", "tea house", "", "")
    assert (teas.description, teas.returns) == ("List all black teas.", None)
    assert cups.parameters == {"type": "object", "properties": {}}


def test_what_is_known_of_the_server_is_kept(tmp_path):
    crawled = {"name": "x", "license": "MIT License", "author": "@tea/house-mcp"}
    metadata = {"server_name": "Tea House MCP Server", "server_info_crawled": crawled}
    value = {"labels": {"primary_label": "Food & Drink"}, "metadata": metadata, "tools": TOOLS[:1]}
    (api,) = read(str(saved(tmp_path, value)))
    assert (api.name, api.service, api.provider) == ("tea_house.brew", "Tea House", "tea")
    assert (api.license, api.functionality) == ("MIT License", "Food & Drink")
    crawled["license"] = "Not specified"
    (api,) = read(str(saved(tmp_path, value)))
    assert api.license == ""


def test_tools_that_share_a_name_get_names_of_their_own(tmp_path):
    other = TOOLS[2] | {"description": "Counts all the cups."}
    value = [TOOLS[2], other, other, other | {"description": "Counts your cups."}, 3, {"name": None}]
    assert names(saved(tmp_path, value)) == ["count_cups", "tea_house.count_cups", "tea_house.count_cups_2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"tools":\n[', "line 2: malformed JSON"), ('{"tools": 3}', "no list of tools"), ("7", "no list of tools")],
)
def test_bad_dumps_get_one_clear_line(tmp_path, text, message):
    with pytest.raises(ToolaceError, match=message) as caught:
        names(saved(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path / "tea-house.json"))


def test_documents_are_dumps_and_servers(tmp_path):
    first, second = saved(tmp_path, [], "a.json"), saved(tmp_path, [], "b.json")
    found = documents(config(path=str(tmp_path), command=["npx", "tea"], url="https://tea.example/mcp"))
    assert found == [str(first), str(second), 'stdio:[["npx", "tea"], []]', "https://tea.example/mcp"]


@pytest.mark.parametrize(
    ("places", "message"),
    [({}, "apis.mcp is empty"), ({"url": "tea.example"}, "no http"), ({"path": "no/such"}, "apis.mcp.path=no/such")],
)
def test_documents_that_do_not_exist(places, message):
    with pytest.raises(ToolaceError, match=message):
        documents(config(**places))


def test_a_server_is_started_asked_and_stopped(server):
    (document,) = documents(config(command=[sys.executable, server, "stdio"]))
    brew, cups = read(document)
    assert (brew.name, brew.service, cups.name) == ("tea_house.brew", "Tea House", "count_cups")
    assert brew.parameters["properties"]["cups"] == {"type": "integer", "description": "Cups.", "default": 2}
    assert cups.description == "Count the cups that are left."
    assert cups.returns["properties"]["result"]["type"] == "integer"


def test_a_running_server_is_asked_over_http(address):
    (document,) = documents(config(url=address))
    brew, cups = read(document)
    assert (brew.name, cups.name, cups.provider) == ("tea_house.brew", "count_cups", "127.0.0.1")
    with pytest.raises(ToolaceError, match=r"/nothing: no answer to tools/list \(Not Found\)"):
        names(address.replace("/mcp", "/nothing"))


def test_pages_are_followed_up_to_a_bound(server, monkeypatch):
    monkeypatch.setattr(mcp_server, "MAX_PAGES", 3)
    apis = list(read("stdio:" + json.dumps([[sys.executable, server, "pages"], []])))
    assert [api.name for api in apis] == ["brew_tea_0", "brew_tea_1", "brew_tea_2"]
    assert gone(int(re.search(r"\d+", apis[0].description)[0]))


def test_a_started_server_sees_the_variables_that_were_named_and_no_others(monkeypatch):
    monkeypatch.setenv("TEA_KEY", "oolong")
    monkeypatch.setenv("BANK_KEY", "gold")
    code = 'import os, sys; sys.exit(f\'{os.environ.get("TEA_KEY")} {os.environ.get("BANK_KEY")}\')'
    (document,) = documents(config(command=[sys.executable, "-c", code], env=["TEA_KEY"]))
    assert "oolong" not in document
    with pytest.raises(ToolaceError, match="oolong None"):
        names(document)
    with pytest.raises(ToolaceError, match=r"apis\.mcp\.env: MILK_KEY is not set"):
        documents(config(command=["x"], env=["MILK_KEY"]))


def test_a_silent_server_is_stopped_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(mcp_server, "SECONDS", 0.5)
    code = (
        f"import os, sys; print(os.getpid(), file=open({str(tmp_path / 'pid')!r}, 'w'), flush=True); sys.stdin.read()"
    )
    with pytest.raises(ToolaceError, match=r"no answer to tools/list \(none within 0.5 s\)"):
        names("stdio:" + json.dumps([[sys.executable, "-c", code], []]))
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ('stdio:[["no-such-program"], []]', "No such file"),
        (
            "stdio:" + json.dumps([[sys.executable, "-c", "raise SystemExit('no key')"], []]),
            "Connection closed; no key",
        ),
        ("http://127.0.0.1:9/mcp", "connection attempts failed"),
    ],
)
def test_a_server_that_is_not_there_is_named_with_the_reason(document, reason):
    with pytest.raises(ToolaceError, match=re.escape(document) + r": no answer to tools/list \(.*" + reason) as caught:
        names(document)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not DUMPS.exists(), reason="the dumps are not here")
def test_the_forty_dumps_import_completely():
    found = documents(config(path=str(DUMPS)))
    tools = apis = 0
    for document in found:
        given = json.loads(Path(document).read_text(encoding="utf-8"))["metadata"]["remote_server_response"]["tools"]
        read_here = list(read(document))
        assert len({api.name for api in read_here}) == len(given)
        assert all(
            valid(api) is None and api.name.endswith(tool["name"]) for api, tool in zip(read_here, given, strict=True)
        )
        tools, apis = tools + len(given), apis + len(read_here)
    assert (len(found), tools, apis) == (40, 370, 370)

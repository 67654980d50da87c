"""`python -m toolace.export`: a run's dataset in other formats; dataset and adapter on the Hugging Face hub.

Writes `data/FORMAT/SPLIT.jsonl` for each of `export.formats`: line n is row n of `data/data/SPLIT.parquet`.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pyarrow.parquet

from toolace.cli import run
from toolace.config import Config
from toolace.dialogs.judging import read
from toolace.errors import ToolaceError
from toolace.formats.known import FORMATS
from toolace.progress import say
from toolace.records import Dialog
from toolace.store import replacing, write

SPLITS = ("train", "validation")


def export(config: Config) -> None:
    """Convert the dataset of this run; push it if `export.hub` is set, and the adapter if `export.model` is.

    Raises:
        ToolaceError: nothing to do, an unknown format, no dataset or adapter yet, or the hub refuses it.
    """
    wanted, folder = config.export, config.output / "data"
    if not (wanted.formats or wanted.hub or wanted.model):
        raise ToolaceError("nothing to do: set export.formats=[…], export.hub=USER/NAME or export.model=USER/NAME")
    if unknown := [name for name in wanted.formats if name not in FORMATS]:
        raise ToolaceError(f"export.formats: unknown {unknown[0]!r}; known: {', '.join(FORMATS)}")
    if (wanted.formats or wanted.hub) and not (folder / "README.md").exists():
        raise ToolaceError(f"no dataset in {folder}: run `python -m toolace.synthesize +recipe=NAME` first")
    if wanted.formats:
        dialogs = _Dialogs(config.output / "dialogs")
        for split in SPLITS:
            _convert(dialogs, folder, split, wanted.formats, wanted.thoughts)
    if wanted.hub:
        push(folder, wanted.hub, "dataset", wanted.private, wanted.upload)
    if wanted.model:
        push(_adapter(config), wanted.model, "model", wanted.private, wanted.upload)


def _adapter(config: Config) -> Path:
    """The folder of the tuned adapter, with the manifest of its run beside its card."""
    folder = config.output / "model" / "adapter"
    if not (folder / "adapter_config.json").exists():
        raise ToolaceError(f"no adapter in {folder}: run `python -m toolace.train +recipe=NAME` first")
    write(folder / "manifest.json", (config.output / "manifest.json").read_bytes())
    return folder


def push(folder: Path, repository: str, kind: str, private: bool, upload: bool) -> None:
    """Upload a folder as a `dataset` or a `model` in one commit, or only say what would be uploaded.

    Raises:
        ToolaceError: no HF_TOKEN in the environment, or the hub refuses it.
    """
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name[0] != ".")
    size = sum((folder / file).stat().st_size for file in files)
    what = f"{', '.join(files)} ({size / 1e6:.1f} MB) to {'private' if private else 'public'} {kind} {repository}"
    if not upload:
        say(f"export: would upload {what}; set export.upload=true to do it")
        return
    token = os.environ.get("HF_TOKEN")
    if not token:
        raise ToolaceError("export.upload=true needs an access token in the environment variable HF_TOKEN")
    import huggingface_hub

    api = huggingface_hub.HfApi(token=token)
    try:
        api.create_repo(repository, repo_type=kind, private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repository,
            repo_type=kind,
            folder_path=folder,
            allow_patterns=files,
            commit_message=f"{kind.capitalize()} made by toolace",
        )
    except Exception as error:  # the hub, the network and the library each have their own kinds
        raise ToolaceError(f"cannot upload to {repository}: {str(error).strip().partition(chr(10))[0]}") from error
    say(f"export: uploaded {what}")


def _convert(dialogs: _Dialogs, folder: Path, split: str, formats: list[str], thoughts: bool) -> None:
    rows = pyarrow.parquet.ParquetFile(folder / "data" / f"{split}.parquet")
    with ExitStack() as stack:
        files = {name: stack.enter_context(replacing(folder / name / f"{split}.jsonl")) for name in formats}
        for batch in rows.iter_batches(columns=["id"]):
            for identity in batch.column("id").to_pylist():
                dialog = dialogs.find(identity)
                for name, file in files.items():
                    file.write(msgspec.json.encode(FORMATS[name].sample(dialog, thoughts)) + b"\n")
    say(f"export: {rows.metadata.num_rows} dialogs of {split} as {', '.join(formats)}")


class _Id(msgspec.Struct):
    id: str


class _Line(msgspec.Struct):
    """A line of a shard, of which only the dialog's id is read."""

    dialog: _Id


class _Dialogs:
    """The dialogs of a run by id, in its shards: only their places are in memory."""

    def __init__(self, folder: Path) -> None:
        self.places: dict[str, tuple[Path, int]] = {}
        for path in sorted(folder.glob("*.jsonl")):
            at = 0
            with path.open("rb") as file:
                for line in file:
                    self.places[msgspec.json.decode(line, type=_Line).dialog.id] = path, at
                    at += len(line)

    def find(self, identity: str) -> Dialog:
        """Read one dialog.

        Raises:
            ToolaceError: no shard holds it.
        """
        if identity not in self.places:
            raise ToolaceError(f"dialog {identity} of the dataset is missing in dialogs/: synthesize again")
        return read(*self.places[identity])


if __name__ == "__main__":
    run(export)

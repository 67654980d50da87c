"""The kinds of dialog that scripted roles can play: outline first, then the words.

A kind is a function from a scene (whom to draw from, and dice) to an outline (tools, turns and the plan behind them),
or None where what it drew does not lend itself to it. A new kind is one function plus one line in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable

from toolace.dialogs.cast import Scene
from toolace.dialogs.kinds_repair import error_recovery, missing_parameter
from toolace.dialogs.kinds_single import irrelevant, long_context, parallel, single
from toolace.dialogs.kinds_talk import about_tools, small_talk
from toolace.dialogs.kinds_turns import dependent, multi_turn
from toolace.dialogs.script import Outline

KINDS: dict[str, Callable[[Scene], Outline | None]] = {
    "single": single,
    "parallel": parallel,
    "dependent": dependent,
    "irrelevant": irrelevant,
    "small_talk": small_talk,
    "about_tools": about_tools,
    "missing_parameter": missing_parameter,
    "error_recovery": error_recovery,
    "multi_turn": multi_turn,
    "long_context": long_context,
}

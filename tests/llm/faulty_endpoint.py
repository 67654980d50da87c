"""A fake endpoint that echoes the last message, unless it fails: about 30% of its answers are faults of many kinds.

python faulty_endpoint.py PORT LOG: each request becomes a line of LOG before it is answered.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from itertools import cycle
from pathlib import Path

from aiohttp import web

from toolace.llm.cache import Cache

FAULTS = cycle(["429", "503", "500", "timeout", "cut", "disconnect", "no JSON", "wrong schema", "empty", "length"])
SHARE = 0.3


async def complete(request: web.Request) -> web.StreamResponse:
    raw = await request.read()
    outcome = next(FAULTS) if random.random() < SHARE else "good"
    with request.app[LOG].open("a") as log:
        log.write(json.dumps([outcome, Cache.key(raw, 0).hex()]) + "\n")
    await asyncio.sleep(0.005)
    if outcome.isdigit():
        return web.Response(status=int(outcome), headers={"Retry-After": "0.01"}, text="no")
    if outcome == "timeout":
        await asyncio.sleep(60)
    good = json.dumps({"echo": json.loads(raw)["messages"][-1]["content"]})
    contents = {"no JSON": good[:-3], "wrong schema": '{"echo": 3}', "empty": ""}
    finish = "length" if outcome == "length" else "stop"
    choice = {"message": {"content": contents.get(outcome, good)}, "finish_reason": finish}
    body = json.dumps({"choices": [choice], "usage": {"prompt_tokens": 10, "completion_tokens": 5}}).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    if outcome != "disconnect":
        await response.prepare(request)
        await response.write(body[:20] if outcome == "cut" else body)
    if outcome in {"cut", "disconnect"} and request.transport:
        request.transport.abort()
    return response


LOG = web.AppKey("log", Path)

if __name__ == "__main__":
    app = web.Application()
    app[LOG] = Path(sys.argv[2])
    app.router.add_post("/v1/chat/completions", complete)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, handle_signals=False)

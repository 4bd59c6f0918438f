"""A chat completions server that answers each request after some milliseconds, and does no more.

    python slow_server.py REPLIES.json MILLISECONDS

``POST`` gets the reply numbered by the ``seed`` of the request, else the next one; ``GET`` the
seconds of CPU time used so far and the most that an answer was late. Prints its port first.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from itertools import count
from pathlib import Path

LENGTH = re.compile(rb"content-length: *(\d+)", re.I)
SEED = re.compile(rb'"seed": ?(\d+)')


class Server(asyncio.Protocol):
    """One connection, kept alive."""

    replies: list[bytes]
    seconds: float
    latest = 0.0
    number = count()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.data = transport, b""
        self.loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, body = self.data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return
        self.data = b""
        if head.startswith(b"GET"):
            state = json.dumps([time.process_time(), Server.latest]).encode()
            Server.latest = 0.0
            self.answer(http(state), self.loop.time())
            return
        seed = SEED.search(body)
        reply = self.replies[(int(seed[1]) if seed else next(self.number)) % len(self.replies)]
        due = self.loop.time() + self.seconds
        self.loop.call_at(due, self.answer, reply, due)

    def answer(self, reply: bytes, due: float) -> None:
        Server.latest = max(Server.latest, self.loop.time() - due)
        self.transport.write(reply)


def http(body: bytes) -> bytes:
    """An answer with this body."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


def completion(text: str) -> bytes:
    """A chat completion as servers send it."""
    message = {"role": "assistant", "content": text}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 4000, "completion_tokens": 1200, "total_tokens": 5200},
    }
    return http(json.dumps(body).encode())


async def main(replies: Path, milliseconds: float) -> None:
    """Serve until killed."""
    Server.replies = [completion(text) for text in json.loads(replies.read_text())]
    Server.seconds = milliseconds / 1000
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))

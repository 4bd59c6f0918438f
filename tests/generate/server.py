"""A real chat completions server on loopback that fails as it is told.

with serve(lambda body, attempt: Fault(429, headers={"Retry-After": "1"})) as server: ...
"""

import json
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Fault:
    """An answer: ``body`` (text or JSON value), cut after ``cut`` bytes, held until the end."""

    status: int = 200
    body: object = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang: bool = False


def completion(text, finish="stop", **message):
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def error(message, code=None, param=None):
    return {"error": {"message": message, "type": "x", "code": code, "param": param}}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, script, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.script, self.lock, self.over = script, threading.Lock(), threading.Event()
        self.asked, self.bodies, self.under_way, self.most = Counter(), [], 0, 0
        self.authorization, self.connections = [], 0

    def process_request(self, request, client_address):
        self.connections += 1
        super().process_request(request, client_address)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server, prompt = self.server, body["messages"][-1]["content"]
        with server.lock:
            attempt = server.asked[prompt]
            server.asked[prompt] += 1
            server.bodies.append(body)
            server.authorization.append(self.headers["Authorization"])
            server.under_way += 1
            server.most = max(server.most, server.under_way)
        said = server.script(body, attempt)
        fault = said if isinstance(said, Fault) else Fault(body=said)
        if fault.hang:
            server.over.wait(30)
        raw = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        raw = raw.encode()
        with server.lock:
            server.under_way -= 1
        self.send_response(fault.status)
        for name, value in {"Content-Type": "application/json", **fault.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw[: fault.cut])
        self.close_connection = fault.cut is not None

    def log_message(self, *arguments):
        pass


@contextmanager
def serve(script):
    server = Server(script)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()

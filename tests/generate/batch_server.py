"""A server on loopback with the batch APIs of both vendors, that fails as it is told.

with serve_batches(answer=lambda body: completion("oui")) as server: ...
"""

import json
import re
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.generate.server import Fault, completion

PENDING = {"openai": "in_progress", "mistral": "RUNNING"}
DONE = {"openai": "completed", "mistral": "SUCCESS"}


class BatchServer(ThreadingHTTPServer):
    """``answer``: body → completion or Fault. ``status``: what jobs are, by vendor's word.

    ``fault``: (method, path, how often asked) → a Fault to send, or None; ``lost``: the same, but
    after the request was carried out.
    """

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.lock = answer, threading.Lock()
        self.files, self.jobs, self.asked, self.calls = {}, [], [], []
        self.status, self.unanswered, self.page = None, (), 2
        self.fault = self.lost = lambda method, path, times: None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""

    def carry_out(self, job):
        """Answer the lines of a new job: what is asked here is paid."""
        good, bad = [], []
        for number, line in enumerate(self.files[job["input"]].splitlines()):
            sent = json.loads(line)
            self.asked.append(sent["custom_id"])
            outcome = self.answer(sent["body"])
            shape = {"id": f"req-{number}", "custom_id": sent["custom_id"], "error": None}
            if isinstance(outcome, Fault):
                reply = {"status_code": outcome.status, "request_id": "x", "body": outcome.body}
                bad.append(shape | {"response": reply})
            elif outcome is None:
                expired = {"code": "batch_expired", "message": "This request could not be run."}
                bad.append(shape | {"response": None, "error": expired})
            else:
                reply = {"status_code": 200, "request_id": "x", "body": outcome}
                good.append(shape | {"response": reply})
        for kind, lines in (("output", good), ("error", bad)):
            job[kind] = self.keep("\n".join(map(json.dumps, lines)).encode()) if lines else None
        job["counts"] = (len(good) + len(bad), len(good), len(bad))

    def keep(self, content):
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return name


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.serve(b"")

    def do_POST(self):
        self.serve(self.rfile.read(int(self.headers["Content-Length"])))

    def serve(self, body):
        url = urlsplit(self.path)
        with self.server.lock:
            call = (self.command, re.sub(r"/(job|file)-\d+", "/ID", url.path.removeprefix("/v1")))
            times = self.server.calls.count(call)
            self.server.calls.append(call)
            fault = self.server.fault(*call, times)
            if fault is None:
                answer = self.route(url, body)
                fault = self.server.lost(*call, times) or answer
        raw = fault.body
        if not isinstance(raw, bytes):
            raw = (raw if isinstance(raw, str) else json.dumps(raw)).encode()
        self.send_response(fault.status)
        kind = "application/octet-stream" if url.path.endswith("/content") else "application/json"
        for name, value in {"Content-Type": kind, **fault.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw[: fault.cut])
        self.close_connection = fault.cut is not None

    def route(self, url, body):
        server, parts = self.server, url.path.removeprefix("/v1/").split("/")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if parts == ["files"]:
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            form = message_from_bytes(head + body, policy=HTTP)
            fields = {
                p.get_param("name", header="content-disposition"): p for p in form.iter_parts()
            }
            assert fields["purpose"].get_content().strip() == "batch"
            name = server.keep(fields["file"].get_payload(decode=True))
            return Fault(body=uploaded(name, len(server.files[name])))
        if parts[0] == "files":
            return found(server.files.get(parts[1]))
        vendor = "openai" if parts[0] == "batches" else "mistral"
        rest = parts[1:] if vendor == "openai" else parts[2:]
        if self.command == "POST":
            return Fault(body=self.shape(vendor, self.create(vendor, json.loads(body))))
        if rest:
            job = next((j for j in server.jobs if j["id"] == rest[0]), None)
            return found(job and self.shape(vendor, job))
        return Fault(body=self.listing(vendor, query))

    def create(self, vendor, asked):
        server = self.server
        given = [asked["input_file_id"]] if vendor == "openai" else asked["input_files"]
        job = {"id": f"job-{len(server.jobs)}", "input": given[0], "metadata": asked["metadata"]}
        assert asked["endpoint"] == "/v1/chat/completions"
        server.carry_out(job)
        server.jobs.append(job)
        return job

    def listing(self, vendor, query):
        """Newest first, a few at a time."""
        jobs = self.server.jobs[::-1]
        if vendor == "mistral":
            size = int(query["page_size"])
            start = int(query["page"]) * size
            data = [self.shape(vendor, job) for job in jobs[start : start + size]]
            return {"object": "list", "total": len(jobs), "data": data}
        ids = [job["id"] for job in jobs]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        some = jobs[start : start + self.server.page]
        more = start + self.server.page < len(jobs)
        data = [self.shape(vendor, job) for job in some]
        return {"object": "list", "data": data, "has_more": more}

    def shape(self, vendor, job):
        total, done, failed = job["counts"]
        status = self.server.status or DONE[vendor]
        files = (None, None) if status == PENDING[vendor] else (job["output"], job["error"])
        common = {"id": job["id"], "object": "batch", "endpoint": "/v1/chat/completions"}
        common |= {"status": status, "created_at": 1, "metadata": job["metadata"]}
        if vendor == "openai":
            counts = {"total": total, "completed": done, "failed": failed}
            common |= {"input_file_id": job["input"], "completion_window": "24h"}
            errors = {"data": [{"line": 3, "message": "no JSON"}]} if status == "failed" else None
            common |= {"errors": errors, "request_counts": counts}
            return common | {"output_file_id": files[0], "error_file_id": files[1]}
        common |= {"input_files": [job["input"]], "errors": [], "total_requests": total}
        common |= {"completed_requests": total, "succeeded_requests": done}
        common |= {"failed_requests": failed}
        return common | {"output_file": files[0], "error_file": files[1]}

    def log_message(self, *arguments):
        pass


def found(body):
    missing = {"error": {"message": "no such thing", "code": None}}
    return Fault(404, missing) if body is None else Fault(body=body)


def uploaded(name, size):
    common = {"id": name, "object": "file", "bytes": size, "created_at": 1, "filename": "x.jsonl"}
    kinds = {"sample_type": "batch_request", "source": "upload", "num_lines": 1}
    return common | {"purpose": "batch", "status": "processed"} | kinds


@contextmanager
def serve_batches(answer=lambda body: completion(f"oui : {body['messages'][-1]['content']}")):
    server = BatchServer(answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()

import logging
from contextlib import closing, contextmanager

import pytest

from augment.errors import (
    AuthError,
    BadReply,
    BadRequest,
    ConfigError,
    ConnectionLost,
    ContextTooLong,
    ModelNotFound,
    OutOfCredit,
    RateLimited,
    Refused,
    ServerError,
    TimedOut,
    UnknownName,
    Unreachable,
)
from augment.generate import Connection, connect, is_local
from augment.policy import Policy, PolicyFile
from augment.protocols import Backend
from augment.registry import names
from tests.generate.common import ask, asks, run
from tests.generate.server import Fault, completion, error, serve

REAL = ("openai", "mistral")
HOSTS = ("api.openai.com", "api.mistral.ai", "192.168.1.4:8000")
ALLOWED = Policy(files=(PolicyFile(hosts=HOSTS),))
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.fixture(params=REAL)
def vendor(request):
    return request.param


@contextmanager
def talking(vendor, script, timeout=60.0):
    with (
        serve(script) as server,
        closing(connect(vendor, Connection(base_url=server.url, timeout=timeout))) as backend,
    ):
        yield backend, server


def complete(vendor, script, request=None):
    with talking(vendor, script) as (backend, server):
        assert isinstance(backend, Backend)
        return backend.complete(request or ask()), server


def failure(vendor, fault, kind, timeout=60.0):
    with talking(vendor, lambda body, attempt: fault, timeout) as (backend, server):
        with pytest.raises(kind) as caught:
            backend.complete(ask())
        assert server.asked.total() <= 1, "asked again: the package's own retries are on"
    return caught.value


def test_a_reply_comes_with_its_tokens(vendor):
    request = ask("Bonjour é 🙂", seed=7, temperature=0.5, max_tokens=99)
    reply, server = complete(vendor, lambda body, attempt: completion("Kiev résiste 🙂"), request)
    assert (reply.id, reply.key, reply.text) == ("r1", request.key, "Kiev résiste 🙂")
    assert (reply.finish, reply.prompt_tokens, reply.completion_tokens) == ("stop", 10, 5)
    (sent,) = server.bodies
    assert sent["model"] == "m" and sent["temperature"] == 0.5 and sent["max_tokens"] == 99
    assert sent["messages"] == [{"role": "user", "content": "Bonjour é 🙂"}]
    assert sent["seed" if vendor == "openai" else "random_seed"] == 7
    assert "response_format" not in sent


def test_length_and_empty_are_replies_for_later_stages_to_judge(vendor):
    assert complete(vendor, lambda b, a: completion("Kiev", "length"))[0].finish == "length"
    assert complete(vendor, lambda b, a: completion(""))[0].text == ""
    assert complete(vendor, lambda b, a: completion('{"b": 1}'))[0].text == '{"b": 1}'


def test_a_refusal_is_a_reply_that_says_so():
    refused = completion(None, refusal="Je ne peux pas.")
    reply, _ = complete("openai", lambda b, a: refused)
    assert (reply.finish, reply.text) == ("refusal", "Je ne peux pas.")


def test_content_in_chunks_is_its_text(vendor):
    chunks = [{"type": "text", "text": "Kiev "}, {"type": "text", "text": "résiste"}]
    assert complete(vendor, lambda b, a: completion(chunks))[0].text == "Kiev résiste"


def test_tokens_that_the_server_does_not_count_are_unknown(vendor):
    reply, _ = complete(vendor, lambda b, a: completion("x") | {"usage": {}})
    assert (reply.prompt_tokens, reply.completion_tokens) == (None, None)


def test_a_content_filter_is_a_refusal(vendor):
    reply, _ = complete(vendor, lambda b, a: completion("", "content_filter"))
    assert reply.finish == "refusal"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(400, error("bad")), BadRequest),
        (Fault(400, error("x", "context_length_exceeded")), ContextTooLong),
        (Fault(400, error("This model's maximum context length is 1024 tokens")), ContextTooLong),
        (Fault(400, error("x", "content_policy_violation")), Refused),
        (Fault(401, error("no")), AuthError),
        (Fault(402, error("no")), OutOfCredit),
        (Fault(403, {"message": "no"}), AuthError),
        (Fault(404, error("The model `m` does not exist")), ModelNotFound),
        (Fault(408, "slow"), TimedOut),
        (Fault(409, "conflict"), ServerError),
        (Fault(413, "too large"), ContextTooLong),
        (Fault(422, {"detail": [{"loc": ["body"], "msg": "bad", "type": "x"}]}), BadRequest),
        (Fault(429, error("slow down")), RateLimited),
        (Fault(429, error("pay", "insufficient_quota")), OutOfCredit),
        (Fault(500, "<html>oops</html>", {"Content-Type": "text/html"}), ServerError),
        (Fault(503, ""), ServerError),
        (Fault(302, "", {"Location": "http://192.0.2.1/"}), BadRequest),
        (Fault(200, ""), BadReply),
        (Fault(200, '{"choices": [{"mess'), BadReply),
        (Fault(200, "<html>", {"Content-Type": "text/html"}), BadReply),
        (Fault(200, completion("x") | {"choices": []}), BadReply),
        (Fault(200, error("failed later")), BadReply),
        (Fault(200, completion("x" * 1000), cut=50), ConnectionLost),
    ],
)
def test_each_fault_has_its_own_error(vendor, fault, kind):
    caught = failure(vendor, fault, kind)
    assert type(caught) is kind
    assert caught.hint and "\n" not in str(caught)


def test_a_server_that_is_slow_and_one_that_is_not_there(vendor):
    assert type(failure(vendor, Fault(hang=True), TimedOut, timeout=0.1)) is TimedOut
    with serve(lambda b, a: completion("x")) as server:
        url = server.url
    with closing(connect(vendor, Connection(base_url=url))) as backend, pytest.raises(Unreachable):
        backend.complete(ask())


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("2.5", 2.5, 2.5), ("Wed, 01 Jan 2200 00:00:00 GMT", 1e9, 1e10), ("soon", None, None)],
)
def test_retry_after_is_read_as_seconds_or_date(vendor, value, low, high):
    wait = failure(vendor, Fault(429, "x", {"Retry-After": value}), RateLimited).retry_after
    assert wait is None if low is None else low <= wait <= high
    assert failure(vendor, Fault(503, "x", {"Retry-After": "1"}), ServerError).retry_after == 1


def test_a_form_is_sent_as_a_json_schema(vendor):
    reply, server = complete(vendor, lambda b, a: completion('{"a": 1}'), ask(form=SCHEMA))
    sent = server.bodies[0]["response_format"]
    assert sent["type"] == "json_schema" and sent["json_schema"]["schema"] == SCHEMA
    assert reply.downgrades == ()


@pytest.mark.parametrize(
    "refusal", [error("no", param="response_format"), error("json_schema is not supported")]
)
def test_a_server_without_forms_is_asked_without_and_that_is_recorded(vendor, refusal):
    def script(body, attempt):
        return Fault(400, refusal) if "response_format" in body else completion("{}")

    with talking(vendor, script) as (backend, server):
        with_form, without = ask(form=SCHEMA), ask("autre", form=None)
        reply = backend.complete(with_form)
        assert (reply.key, reply.downgrades) == (with_form.key, ("form",))
        assert backend.complete(with_form).downgrades == ("form",)
        assert backend.complete(without).downgrades == ()
        assert ["response_format" in body for body in server.bodies] == [True, False, False, False]


def test_a_refused_parameter_is_left_out_or_named_anew():
    def script(body, attempt):
        for name in ("max_tokens", "temperature"):
            if name in body:
                return Fault(400, error(f"Unsupported parameter: '{name}'", param=name))
        return completion("x")

    reply, server = complete("openai", script)
    assert reply.downgrades == ("temperature",)
    assert server.bodies[-1]["max_completion_tokens"] == 2048


def test_a_request_that_is_bad_for_another_reason_is_not_asked_again(vendor):
    with talking(vendor, lambda b, a: Fault(400, error("messages: bad"))) as (backend, server):
        with pytest.raises(BadRequest):
            backend.complete(ask(form=SCHEMA, seed=1))
        assert server.asked.total() == 1


def test_keys_come_from_the_environment_and_are_never_shown(vendor, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    variable = {"openai": "OPENAI_API_KEY", "mistral": "MISTRAL_API_KEY"}[vendor]
    monkeypatch.setenv(variable, "sk-secret-123")
    monkeypatch.setenv("MISTRAL_DEBUG", "1")
    with talking(vendor, lambda b, a: Fault(401, error("wrong key: sk-secret-123"))) as (
        backend,
        server,
    ):
        with pytest.raises(AuthError) as caught:
            backend.complete(ask())
        assert server.authorization == ["Bearer sk-secret-123"]
    shown = [str(caught.value), repr(caught.value), repr(backend), str(vars(backend)), caplog.text]
    assert "***" in shown[0]
    assert not [text for text in shown if "sk-secret-123" in text]


def test_another_machine_is_refused_unless_allowed_and_needs_a_key(vendor, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    for url in (None, "https://api.example.org/v1", "http://192.168.1.4:8000/v1"):
        with pytest.raises(ConfigError, match="another machine is not allowed"):
            connect(vendor, Connection(base_url=url))
    with pytest.raises(ConfigError, match="only https"):
        connect(vendor, Connection(base_url="http://192.168.1.4:8000/v1", policy=ALLOWED))
    with pytest.raises(ConfigError, match="needs a key"):
        connect(vendor, Connection(policy=ALLOWED))
    with pytest.raises(ConfigError, match="plain"):
        connect(vendor, Connection(base_url="ftp://x", policy=ALLOWED))


def test_a_proxy_or_a_redirect_takes_nothing_away_from_loopback(vendor, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:9")
    assert complete(vendor, lambda b, a: completion("ici"))[0].text == "ici"


def test_a_proxy_is_used_for_another_machine(vendor, monkeypatch, tmp_path):
    monkeypatch.setenv(f"{vendor.upper()}_API_KEY", "k" * 20)
    with serve(lambda body, attempt: "") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/v1"))
        there = Connection(base_url="https://api.openai.com", policy=ALLOWED, log=tmp_path / "log")
        with closing(connect(vendor, there)) as backend, pytest.raises(Unreachable, match="Proxy"):
            backend.complete(ask())
        assert proxy.connections == 1


def test_connections_are_kept_one_for_each_call_under_way(vendor):
    def script(body, attempt):
        return completion("oui") if attempt else Fault(503)

    with talking(vendor, script) as (backend, server):
        for _ in range(2):
            run(asks(30), backend, concurrency=4)
        assert server.connections <= 4


def test_the_telemetry_of_a_package_is_refused(monkeypatch):
    monkeypatch.setenv("MISTRAL_SDK_TELEMETRY", "dedicated")
    with pytest.raises(ConfigError, match="second address"):
        connect("mistral", Connection(base_url="http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.9.9.9", True),
        ("http://localhost:11434/v1/", True),
        ("http://[::1]:8000", True),
        ("https://api.openai.com/v1", False),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1@example.org/", False),
        ("http://example.org\\@127.0.0.1/", False),
        ("http://127.0.0.1#@example.org/", False),
        ("http://0.0.0.0:8000", False),
        ("http://10.0.0.1", False),
        ("127.0.0.1:8000", False),
        ("http://[::ffff:8.8.8.8]", False),
    ],
)
def test_only_loopback_is_local(url, local):
    assert is_local(url) is local


def test_all_backends_are_registered_alike():
    all = ["openai", "mistral", "replay", "fake", "transformers", "vllm"]
    assert names("backend") == all
    assert isinstance(connect("fake", Connection()), Backend)
    with pytest.raises(UnknownName, match=", ".join(all)):
        connect("nope", Connection())

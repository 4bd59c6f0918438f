import httpx2
import openai
import pytest
from mistralai.client import errors as mistral_errors
from mistralai.extra import exceptions as mistral_extra

from augment.errors import BackendError, TimedOut, Unreachable
from augment.generate import mistral
from augment.generate import openai as ours
from augment.generate.transport import TRANSPORT, translate


def classes(*modules):
    return {
        value
        for module in modules
        for name in dir(module)
        if isinstance(value := getattr(module, name), type) and issubclass(value, Exception)
    }


def below(kind):
    return {kind}.union(*(below(child) for child in kind.__subclasses__()))


def test_every_exception_of_the_transport_is_mapped():
    assert classes(httpx2) - set(TRANSPORT) == set()


def test_every_exception_of_openai_is_mapped():
    public = {k for k in classes(openai, openai._exceptions) if not k.__name__.startswith("_")}
    assert len(public) > 18
    assert public - set(ours.table()) - {Exception} == set()
    inner = below(openai.OpenAIError) - public
    assert inner and all(issubclass(kind, tuple(ours.table())) for kind in inner)


def test_every_exception_of_mistralai_is_mapped():
    found = classes(mistral_errors) | below(mistral_errors.MistralError)
    assert len(found) >= 6
    assert found - set(mistral.table()) == set()
    extra = classes(mistral_extra)
    assert extra
    assert not [kind for kind in extra if not issubclass(kind, tuple(mistral.table()))]


@pytest.mark.parametrize("kind", sorted(below(httpx2.RequestError), key=lambda k: k.__name__))
def test_transport_errors_arrive_as_ours_alone_and_through_openai(kind):
    error = kind("…", request=httpx2.Request("POST", "http://127.0.0.1"))
    plain = translate(error, mistral.table())
    assert isinstance(plain, BackendError)
    wrapped = openai.APIConnectionError(request=error.request)
    wrapped.__cause__ = error
    assert type(translate(wrapped, ours.table())) is type(plain)


def test_what_was_never_sent_is_not_counted_as_paid():
    assert not Unreachable.unsure and TimedOut.unsure
    request = httpx2.Request("POST", "http://127.0.0.1")
    refused = httpx2.ConnectTimeout("…", request=request)
    timeout = openai.APITimeoutError(request=request)
    timeout.__cause__ = refused
    assert isinstance(translate(timeout, ours.table()), Unreachable)
    assert isinstance(translate(openai.APITimeoutError(request=request), ours.table()), TimedOut)

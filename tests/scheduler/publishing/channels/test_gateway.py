"""The web hook: what it sends, how it judges answers, and where it refuses to go (X-15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from scheduler.config import Settings, SettingsError
from scheduler.publishing.channels.gateway import Gateway, check_address
from scheduler.publishing.channels.letter import Letter, RefusedError, UnreachableError
from scheduler.publishing.channels.signed_calls import signature
from tests.gateway import SECRET, FakeGateway, running_gateway

LETTER = Letter(
    key="release:1:enterprise:7:gateway",
    address="13800000000",
    subject="行政检查安排通知",
    text="甲公司：\n安排检查",
    created_at=datetime(2026, 2, 26, 1, 0, tzinfo=UTC),
)


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with running_gateway() as found:
        yield found


def _gateway(fake: FakeGateway, seconds: float = 5.0) -> Gateway:
    return Gateway(url=fake.url, secret=SECRET, seconds=seconds)


def test_letter_arrives_signed_with_its_key_and_the_reference_comes_back(fake: FakeGateway) -> None:
    receipt = _gateway(fake).send(LETTER)
    assert (receipt.reference, fake.keys, fake.bad_signatures) == ("ref-1", [LETTER.key], 0)
    assert fake.bodies[0]["text"] == LETTER.text


def test_signature_under_another_secret_is_another_one(fake: FakeGateway) -> None:
    Gateway(url=fake.url, secret="another").send(LETTER)
    assert fake.bad_signatures == 1
    assert signature("a", "1", b"x") != signature("a", "2", b"x")


@pytest.mark.parametrize(
    ("status", "kind", "sure"),
    [(500, UnreachableError, False), (503, UnreachableError, True), (429, UnreachableError, True),
     (400, RefusedError, None), (404, RefusedError, None), (302, RefusedError, None)],
)  # fmt: skip
def test_answer_says_whether_to_try_again(
    fake: FakeGateway, status: int, kind: type[Exception], sure: bool | None
) -> None:
    fake.status = status
    with pytest.raises(kind) as caught:
        _gateway(fake).send(LETTER)
    assert getattr(caught.value, "sure", None) is sure


def test_redirect_is_not_followed(fake: FakeGateway) -> None:
    with running_gateway() as inner:
        fake.status, fake.location = 307, inner.url
        with pytest.raises(RefusedError):
            _gateway(fake).send(LETTER)
        assert inner.calls == []


def test_line_that_breaks_after_the_letter_was_taken_is_unsure(fake: FakeGateway) -> None:
    fake.drop = True
    with pytest.raises(UnreachableError) as caught:
        _gateway(fake).send(LETTER)
    assert (caught.value.sure, len(fake.calls)) == (False, 1)


def test_nobody_at_the_address_is_sure() -> None:
    with running_gateway() as gone:
        url = gone.url
    with pytest.raises(UnreachableError) as caught:
        Gateway(url=url, secret=SECRET).send(LETTER)
    assert caught.value.sure


def test_slow_gateway_is_given_up_in_time(fake: FakeGateway) -> None:
    fake.delay = 0.6
    with pytest.raises(UnreachableError, match="channel_unreachable"):
        _gateway(fake, seconds=0.1).send(LETTER)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://sms.example.gov.cn/send", ""),
        ("https://evil.example/send", "sms.example.gov.cn"),
        ("http://sms.example.gov.cn/send", "sms.example.gov.cn"),
        ("https://sms.example.gov.cn@evil.example/", "sms.example.gov.cn"),
        ("https://user:x@sms.example.gov.cn/", "sms.example.gov.cn"),
        ("file:///etc/passwd", "sms.example.gov.cn"),
        ("http://169.254.169.254/latest", "sms.example.gov.cn"),
    ],
)
def test_address_off_the_list_is_refused(url: str, hosts: str) -> None:
    with pytest.raises(SettingsError):
        Gateway.of(Settings(gateway_url=url, gateway_hosts=hosts, gateway_secret=SECRET))


def test_allowed_addresses_are_taken() -> None:
    check_address("https://sms.example.gov.cn/send", "other.example, SMS.example.gov.cn")
    check_address("http://127.0.0.1:8025/", "127.0.0.1")

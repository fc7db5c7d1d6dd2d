"""How the address of a mail server is read."""

from __future__ import annotations

import pytest

from banyan.core.kernel.mail import mail_server, sender_address


@pytest.mark.parametrize(
    ("address", "host", "port", "encryption"),
    [
        ("smtp://mail.example.com", "mail.example.com", 25, (False, False)),
        ("smtp+tls://mail.example.com", "mail.example.com", 587, (True, False)),
        ("smtps://mail.example.com:2465", "mail.example.com", 2465, (False, True)),
    ],
)
def test_server_is_read_from_its_address(address: str, host: str, port: int, encryption: tuple[bool, bool]) -> None:
    server = mail_server(address)

    assert (server.host, server.port, (server.starts_tls, server.uses_tls)) == (host, port, encryption)
    assert server.reaches_people


def test_user_and_password_may_hold_any_character() -> None:
    server = mail_server("smtp+tls://crm%40example.com:p%40ss%3Aword%2F@mail.example.com")

    assert (server.user, server.password) == ("crm@example.com", "p@ss:word/")
    assert sender_address(server, host="crm.example.com") == "Banyan CRM <crm@example.com>"


@pytest.mark.parametrize("address", ["console:", "file:/var/mail", "file:///var/mail"])
def test_nobody_is_reached_when_messages_stay_on_the_machine(address: str) -> None:
    server = mail_server(address)

    assert not server.reaches_people
    assert server.folder in {None, "/var/mail"}
    assert sender_address(server, host="") == "Banyan CRM <no-reply@localhost>"

"""Identity numbers and bank accounts: what is accepted, in which form, and what is a slip."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.objects.kinds import BankAccount, IdentityNumber, Reading, Unacceptable
from banyan.core.objects.kinds.personal import check_character, fits_luhn

IDENTITY, ACCOUNT, READING = IdentityNumber(), BankAccount(), Reading()


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2025, 12, 31)))
    digits = f"{draw(st.integers(110000, 659999))}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return digits + check_character(digits)


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    digits = draw(st.text("0123456789", min_size=15, max_size=18))
    return next(digits + last for last in "0123456789" if fits_luhn(digits + last))


# The examples of GB 11643-1999.
@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_identity_numbers_of_the_standard_are_accepted(number: str) -> None:
    assert IDENTITY.parse(number, READING) == number


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105491231002",
    ],
)
def test_an_identity_number_has_one_form(written: str) -> None:
    assert IDENTITY.parse(written, READING) == "11010519491231002X"


@pytest.mark.parametrize("wrong", ["110105194912310021", "11010519491331002X", "1234", "01010519491231002X", "X" * 18])
def test_what_is_no_identity_number_is_refused(wrong: str) -> None:
    with pytest.raises(Unacceptable):
        IDENTITY.parse(wrong, READING)


@given(number=identity_numbers(), data=st.data())
def test_one_wrong_digit_never_goes_unnoticed(number: str, data: st.DataObject) -> None:
    assert IDENTITY.parse(number, READING) == number
    place = data.draw(st.integers(0, 16))
    digit = data.draw(st.sampled_from([other for other in "0123456789" if other != number[place]]))

    with pytest.raises(Unacceptable):
        IDENTITY.parse(number[:place] + digit + number[place + 1 :], READING)


@given(number=card_numbers(), data=st.data())
def test_one_wrong_digit_of_a_card_is_doubted_and_accepted(number: str, data: st.DataObject) -> None:
    assert ACCOUNT.doubt(ACCOUNT.parse(number, READING)) == ""
    place = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from([other for other in "0123456789" if other != number[place]]))
    wrong = number[:place] + digit + number[place + 1 :]

    assert ACCOUNT.parse(wrong, READING) == wrong
    assert ACCOUNT.doubt(wrong)


@given(number=card_numbers())
def test_an_account_is_read_back_from_what_is_shown_and_exported(number: str) -> None:
    assert ACCOUNT.parse(ACCOUNT.display(number, READING), READING) == number
    assert ACCOUNT.parse(ACCOUNT.export(number, READING), READING) == number


@pytest.mark.parametrize("wrong", ["12345", "account", "6222-????", "1" * 35])
def test_what_is_no_account_is_refused(wrong: str) -> None:
    with pytest.raises(Unacceptable):
        ACCOUNT.parse(wrong, READING)


def test_empty_values_are_none() -> None:
    assert IDENTITY.parse(" ", READING) is None
    assert ACCOUNT.parse("", READING) is None

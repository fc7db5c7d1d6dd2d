import os

import pytest
from cryptography.hazmat.primitives.hashes import Hash
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.ciphers.envelopes import (
    context_of,
    from_text,
    is_sealed,
    key_number_of,
    open_envelope,
    seal,
    to_text,
)
from banyan.core.ciphers.suites import KEY_BYTES, Unreadable, suites

KEY = bytes(range(KEY_BYTES))
NAMES = st.sampled_from([suite.name for suite in suites])


@given(name=NAMES, content=st.binary(max_size=300), number=st.integers(1, 2**32 - 1))
def test_an_envelope_gives_back_what_was_sealed(name, content, number):
    text = to_text(seal(suites[name], KEY, number, content, b"here"))

    assert is_sealed(text)
    assert key_number_of(from_text(text)) == number
    assert open_envelope(KEY, from_text(text), b"here") == content


@given(name=NAMES, content=st.binary(max_size=60), data=st.data())
def test_an_envelope_is_refused_when_any_byte_differs(name, content, data):
    envelope = bytearray(seal(suites[name], KEY, 7, content, b"here"))
    place = data.draw(st.integers(0, len(envelope) - 1))
    envelope[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Unreadable):
        open_envelope(KEY, bytes(envelope), b"here")


@given(name=NAMES, content=st.binary(max_size=60), cut=st.integers(1, 200))
def test_an_envelope_is_refused_when_it_is_cut_off(name, content, cut):
    envelope = seal(suites[name], KEY, 7, content, b"here")

    with pytest.raises(Unreadable):
        open_envelope(KEY, envelope[:-cut], b"here")


@given(text=st.text(max_size=80), data=st.data())
def test_the_text_of_an_envelope_is_refused_when_any_letter_differs(text, data):
    sealed = to_text(seal(suites["aes256"], KEY, 7, text.encode(), b"here"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.characters(codec="ascii").filter(lambda other: other != sealed[place]))
    changed = sealed[:place] + letter + sealed[place + 1 :]

    with pytest.raises(Unreadable):
        open_envelope(KEY, from_text(changed), b"here")


@given(name=NAMES, one=st.lists(st.text(max_size=8)), other=st.lists(st.text(max_size=8)))
def test_an_envelope_opens_only_where_it_belongs(name, one, other):
    envelope = seal(suites[name], KEY, 7, b"6222021234567890123", context_of(*one))

    if one == other:
        assert open_envelope(KEY, envelope, context_of(*other)) == b"6222021234567890123"
    else:
        with pytest.raises(Unreadable):
            open_envelope(KEY, envelope, context_of(*other))


def test_the_same_content_is_sealed_differently_each_time():
    sealed = {seal(suites["sm4"], KEY, 1, b"same", b"") for _ in range(50)}

    assert len(sealed) == 50


def test_sm3_is_the_national_standard():
    # The example of GB/T 32905-2016, appendix A.1: SM3 of "abc".
    digest = Hash(suites["sm4"].hash())
    digest.update(b"abc")

    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_another_key_does_not_open():
    envelope = seal(suites["aes256"], KEY, 1, b"x", b"")

    with pytest.raises(Unreadable):
        open_envelope(os.urandom(KEY_BYTES), envelope, b"")

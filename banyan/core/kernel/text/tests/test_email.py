from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.text.email import email_domain, is_email, normalize_email


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" Zhang.San@ACME.com.cn ", "zhang.san@acme.com.cn"),
        ("mailto:a@b.co?subject=Hi", "a@b.co"),
        ("张三 <zs@qq.com>", "zs@qq.com"),
        ("zs＠qq．com", "zs@qq.com"),
        ("zs@qq.com；", "zs@qq.com"),
        ("first.last+tag@gmail.com", "first.last+tag@gmail.com"),
        ("info@xn--fiqs8s.xn--fiqs8s", "info@中国.中国"),
        ("信箱@例子.中国", "信箱@例子.中国"),
        ("o'brien@example.ie", "o'brien@example.ie"),
    ],
)
def test_address_has_one_form_when_written_in_any_way(text, normal):
    assert normalize_email(text) == normal


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "@", "a@", "@b.com", "a@b", "a b@c.com", "a@b..com", ".a@b.com", "a.@b.com", "a@-b.com", "a@b_c.com",
        "a@127.0.0.1",  "x" * 65 + "@b.com", "a@" + "b" * 260 + ".com", "无 <没有>", "a@\ud800.com",
    ],
)  # fmt: skip
def test_address_is_refused_when_no_mail_can_reach_it(text):
    assert normalize_email(text) == ""


@given(st.text(alphabet=st.characters()) | st.emails())
def test_normal_form_stays_when_normalised_again(text):
    normal = normalize_email(text)

    assert normalize_email(normal) == normal


def test_is_email_tells_a_bare_address_when_text_stands_around_it():
    assert is_email(" A@B.com ")
    assert not is_email("张三 <a@b.com>")
    assert not is_email("a@b.com, c@d.com")


def test_domain_is_what_follows_the_sign_when_there_is_one():
    assert (email_domain("a@b.com"), email_domain("none")) == ("b.com", "")

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.masking import mask_address, mask_mail, mask_phone, mask_text

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("13800000000", "138****0000"),
        ("chen@example.com", "c***@example.com"),
        ("c@example.com", "c***@example.com"),
        ("@example.com", "****"),
        ("1234567", "****"),
        ("", "****"),
    ],
)
def test_an_address_keeps_its_ends(address: str, masked: str) -> None:
    assert mask_address(address) == masked


def test_no_address_is_hidden_whole() -> None:
    assert mask_mail("chen") == "****"


@given(MOBILES)
def test_the_middle_of_a_number_is_hidden(phone: str) -> None:
    assert mask_phone(phone) == f"{phone[:3]}****{phone[-4:]}"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("to 13812345678.", "to 138****5678."),
        ("PhoneNumbers=%2B8613812345678&x", "PhoneNumbers=%2B86138****5678&x"),
        ("008613812345678,13900000000", "0086138****5678,139****0000"),
        ("mail li.wei+x@mail.example.cn failed", "mail l***@mail.example.cn failed"),
        ("account 1234567890123456", "account 1234567890123456"),
    ],
)
def test_a_text_is_masked_where_a_person_is_named(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@given(MOBILES, st.text(alphabet="abc /&=:,;的"), st.text(alphabet="abc /&=:,;的"))
def test_no_number_survives_in_a_text(phone: str, before: str, after: str) -> None:
    assert phone not in mask_text(before + phone + after)

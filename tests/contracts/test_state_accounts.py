from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.model import Account, Contact, Language
from shared.state import EVERYONE, Accounts, Bucket, hash_of
from shared.state.accounts import TablestoreAccounts
from shared.state.rows import account_key
from shared.state.tables import ACCOUNTS, Put

if TYPE_CHECKING:
    from shared.state.gateway import Gateway
    from tests.contracts.conftest import Store

ANNA = Contact("安娜", phone="13800000001", mail="anna@example.com")
BOB = Contact("Bob", mail="bob@example.com", language=Language.ENGLISH)


def account(number: int) -> Account:
    return Account(str(1_000_000_000_000_000 + number), f"客户 {number}", (ANNA, BOB))


def test_what_was_saved_is_loaded_ordered_by_hash_and_account_id(gateway: Gateway) -> None:
    accounts: Accounts = TablestoreAccounts(gateway)
    saved = [account(n) for n in range(7)]
    accounts.save_accounts(saved)
    expected = sorted(saved, key=lambda a: (hash_of(a.account_id), a.account_id))
    assert list(accounts.load_accounts().values) == expected


def test_every_field_comes_back(gateway: Gateway) -> None:
    accounts = TablestoreAccounts(gateway)
    full = Account("1", "甲", (ANNA,), "USD", "vip", "acs:ram::1:role/reader", "ext-1", paused=True)
    accounts.save_accounts([full])
    assert accounts.load_accounts().values == (full,)


def test_saving_again_replaces_the_whole_row(gateway: Gateway) -> None:
    accounts = TablestoreAccounts(gateway)
    accounts.save_accounts([Account("1", "old", (ANNA,), role_arn="acs:ram::1:role/reader")])
    accounts.save_accounts([Account("1", "new", ())])
    assert accounts.load_accounts().values == (Account("1", "new", ()),)


def test_of_two_rows_for_one_account_the_last_stands(gateway: Gateway) -> None:
    accounts = TablestoreAccounts(gateway)
    accounts.save_accounts([Account("1", "first", ()), Account("1", "last", ())])
    assert [a.name for a in accounts.load_accounts().values] == ["last"]


def test_buckets_share_the_accounts_out_without_gap_or_overlap(gateway: Gateway) -> None:
    accounts = TablestoreAccounts(gateway)
    saved = {account(n).account_id for n in range(40)}
    accounts.save_accounts(account(n) for n in range(40))
    buckets = [Bucket("0000", "4000"), Bucket("4000", "c000"), Bucket("c000", "g")]
    shares = [[a.account_id for a in accounts.load_accounts(b).values] for b in buckets]
    assert all(shares)
    assert sorted(sum(shares, [])) == sorted(saved)  # noqa: RUF017 - three short lists


def test_a_bucket_begins_with_its_lower_hash_and_ends_before_its_upper(gateway: Gateway) -> None:
    accounts = TablestoreAccounts(gateway)
    accounts.save_accounts([account(1)])
    own = hash_of(account(1).account_id)
    after = f"{int(own, 16) + 1:04x}"
    assert accounts.load_accounts(Bucket(own, after)).values == (account(1),)
    assert accounts.load_accounts(Bucket("0000", own)).values == ()


def test_removed_accounts_are_gone_and_absent_ones_are_no_error(gateway: Gateway) -> None:
    accounts = TablestoreAccounts(gateway)
    accounts.save_accounts([account(1), account(2)])
    accounts.remove_accounts([account(1).account_id, "999"])
    assert accounts.load_accounts().values == (account(2),)


def test_nothing_to_do_sends_nothing(store: Store) -> None:
    TablestoreAccounts(store.gateway()).save_accounts([])
    assert store.requests == []


def test_a_malformed_row_is_named_and_hides_no_other(gateway: Gateway) -> None:
    accounts = TablestoreAccounts(gateway)
    accounts.save_accounts([account(1)])
    gateway.write(ACCOUNTS, [Put(("1234", "77"), {"name": "x", "contacts": "[{]"})])
    found = accounts.load_accounts(EVERYONE)
    assert found.values == (account(1),)
    (problem,) = map(str, found.malformed)
    assert problem.startswith("table arrears_accounts, row 77: hash 1234, column contacts: JSONDecodeError: ")


def test_pages_are_read_to_the_end(store: Store) -> None:
    accounts = TablestoreAccounts(store.gateway(page_rows=2))
    accounts.save_accounts(account(n) for n in range(5))
    assert len(accounts.load_accounts().values) == 5
    assert store.requests.count("GetRange") == 3


def test_more_rows_than_the_service_gives_at_once(gateway: Gateway) -> None:
    accounts = TablestoreAccounts(gateway)
    accounts.save_accounts(Account(str(n), "x", ()) for n in range(5_003))
    assert len(accounts.load_accounts().values) == 5_003


def test_watched_accounts_are_told_without_being_read_whole(gateway: Gateway) -> None:
    accounts: Accounts = TablestoreAccounts(gateway)
    accounts.save_accounts([account(n) for n in range(5)])
    accounts.save_accounts([replace(account(2), paused=True)])
    gateway.write(ACCOUNTS, [Put(account_key("damaged"), {"name": "x"})])
    watched = [*(account(n).account_id for n in (0, 1, 3, 4)), "damaged"]
    assert accounts.load_watched() == tuple(sorted(watched, key=account_key))
    own = hash_of(watched[0])
    assert accounts.load_watched(Bucket(own, own + "\0")) == (watched[0],)


def test_some_accounts_are_read_in_the_order_asked_for(gateway: Gateway) -> None:
    accounts: Accounts = TablestoreAccounts(gateway)
    accounts.save_accounts([account(n) for n in range(300)])
    gateway.write(ACCOUNTS, [Put(account_key("damaged"), {"name": "x"})])
    wanted = [account(n).account_id for n in range(250, 20, -1)]
    found = accounts.load_some([*wanted, "nobody", "damaged"])
    assert [one.account_id for one in found.values] == wanted
    assert [error.key for error in found.malformed] == ["damaged"]

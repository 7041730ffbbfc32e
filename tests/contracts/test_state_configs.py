from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.config.versions import MOST_BYTES, ConfigVersion
from shared.errors import MalformedRow
from shared.state.configs import TablestoreConfigs
from shared.state.rows import put_config_version
from shared.state.tables import CONFIG_VERSIONS, Put
from tests.builders import NOON
from tests.contracts.conftest import LOST_REPLIES

if TYPE_CHECKING:
    from shared.state import Configs
    from shared.state.gateway import Gateway
    from tests.contracts.conftest import Store

TEXT = (Path(__file__).parents[2] / "agency.yaml").read_text(encoding="utf-8")


def version(number: int, text: str = TEXT, author: str = "李雷") -> ConfigVersion:
    return ConfigVersion(number, text, author, "试一试 / a try", NOON)


@pytest.fixture
def configs(gateway: Gateway) -> Configs:
    return TablestoreConfigs(gateway)


def test_without_versions_there_is_no_latest(configs: Configs) -> None:
    assert list(configs.load_latest()) == []
    assert configs.load_history().values == ()
    assert configs.load_version(1) is None


def test_every_field_comes_back(configs: Configs) -> None:
    assert configs.save_version(version(1))
    assert list(configs.load_latest()) == [version(1)]
    assert configs.load_version(1) == version(1)


def test_the_latest_is_the_one_with_the_highest_number(configs: Configs) -> None:
    for number in (*range(1, 12), 300):
        configs.save_version(version(number, f"{TEXT}# {number}\n"))
    assert [one.number for one in islice(configs.load_latest(), 3) if isinstance(one, ConfigVersion)] == [300, 11, 10]
    assert [one.number for one in configs.load_history().values] == [*range(1, 12), 300]


def test_the_latest_is_one_request_however_many_there_are(store: Store) -> None:
    configs = TablestoreConfigs(store.gateway())
    for number in range(1, 9):
        configs.save_version(version(number))
    before = len(store.requests)
    latest = configs.load_latest()
    next(latest)
    assert store.requests[before:] == ["GetRange"]
    next(latest)
    assert store.requests[before:] == ["GetRange"] * 2, "the one before is read only if it is asked for"


def test_of_two_who_take_a_number_the_first_has_it(store: Store) -> None:
    one, other = TablestoreConfigs(store.gateway()), TablestoreConfigs(store.gateway())
    assert one.save_version(version(1))
    assert not other.save_version(version(1, author="韩梅梅"))
    assert not other.save_version(version(1)), "the same content by another writer is another's"
    assert other.load_history().values == (version(1),)


@pytest.mark.parametrize("kind", LOST_REPLIES)
def test_a_version_whose_reply_was_lost_is_known_as_ours(store: Store, configs: Configs, kind: str) -> None:
    store.disturb(kind, "BatchWriteRow")
    assert configs.save_version(version(1))
    assert configs.load_history().values == (version(1),)


def test_a_text_of_a_megabyte_is_kept(configs: Configs) -> None:
    large = version(1, "言" * (MOST_BYTES // 3))
    assert configs.save_version(large)
    assert list(configs.load_latest()) == [large]


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("text", TEXT[:-200], "column text: ValueError: expected the text of "),
        ("text", 7, "column text: TypeError"),
        ("config_version", "short", "column config_version: ValueError: expected ten hex digits"),
        ("applied_at", "yesterday", "column applied_at"),
        ("author", None, "column author is missing"),
    ],
)
def test_a_damaged_row_is_named_and_hides_no_other(
    gateway: Gateway, configs: Configs, column: str, value: str | int | None, named: str
) -> None:
    configs.save_version(version(1))
    columns = {name: old for name, old in put_config_version(version(2)).columns.items() if name != column}
    gateway.write(CONFIG_VERSIONS, [Put((2,), columns if value is None else {**columns, column: value})])
    bad, good = configs.load_latest()
    assert isinstance(bad, MalformedRow)
    assert (bad.key, good) == ("2", version(1))
    assert str(bad).startswith(f"table arrears_config_versions, row 2: {named}")
    assert configs.load_history().values == (version(1),)
    assert [one.key for one in configs.load_history().malformed] == ["2"]
    with pytest.raises(MalformedRow):
        configs.load_version(2)


def test_how_a_text_is_understood_is_put_beside_it(configs: Configs) -> None:
    configs.save_version(version(1))
    configs.save_prepared(replace(version(1), prepared="first"))
    configs.save_prepared(replace(version(1), prepared="second"))
    assert list(configs.load_latest()) == [replace(version(1), prepared="second")]


def test_nothing_is_put_beside_a_text_that_is_not_there_or_another(configs: Configs) -> None:
    configs.save_version(version(1))
    configs.save_prepared(replace(version(1, TEXT + "# more"), prepared="of another"))
    configs.save_prepared(replace(version(2), prepared="of none"))
    assert configs.load_history().values == (version(1),)


def test_a_damaged_understanding_leaves_the_text_whole(gateway: Gateway, configs: Configs) -> None:
    put = put_config_version(version(1))
    gateway.write(CONFIG_VERSIONS, [replace(put, columns={**put.columns, "prepared": 7})])
    assert list(configs.load_latest()) == [replace(version(1), prepared="7")]


def test_a_column_of_a_newer_program_does_no_harm(gateway: Gateway, configs: Configs) -> None:
    put = put_config_version(version(1))
    gateway.write(CONFIG_VERSIONS, [replace(put, columns={**put.columns, "colour": "red"})])
    assert list(configs.load_latest()) == [version(1)]

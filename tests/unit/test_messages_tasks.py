"""Tasks for staff, in words."""

from __future__ import annotations

import re

import pytest

from shared.messages.sms import sms_pieces
from shared.messages.tasks import render_task_mail, render_task_sms, task_title
from shared.model import Contact, Language, Level, StaffTask, TaskKind
from tests.unit.message_cases import READ_AT, SETTINGS

UID = "1234567890123456"


def a_task(kind: TaskKind) -> StaffTask:
    return StaffTask(kind, f"{UID}:7", UID, Level.OVERDUE, "星河网络科技", "SMS_7")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", TaskKind)
def test_every_task_says_what_happened_whom_it_concerns_and_what_to_do(kind: TaskKind, language: Language) -> None:
    mail = render_task_mail(a_task(kind), Contact("值班", language=language), READ_AT, "REF")
    assert task_title(kind, language) in mail.subject
    assert "星河网络科技" in mail.text
    assert len(re.findall(r"^\d\. ", mail.text, re.MULTILINE)) >= 2
    assert "$" not in mail.text + mail.subject
    sms = render_task_sms(a_task(kind), Contact("值班", language=language), SETTINGS)
    assert all(1 <= len(value) <= 35 for _, value in sms.parameters)
    assert sms_pieces(sms.text) <= 2


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("kind", "commands"),
    [
        (TaskKind.OVERDUE, ("explain", "paying", "ack")),
        (TaskKind.SUSPENDED, ("explain", "paying")),
        (TaskKind.RELEASE, ("explain", "paying")),
        (TaskKind.RELEASED, ("explain", "proof")),
        (TaskKind.AGENCY_SHORT, ("explain", "status")),
    ],
)
def test_a_task_of_an_account_names_the_commands(kind: TaskKind, commands: tuple[str, ...], language: Language) -> None:
    someone = Contact("值班", language=language)
    text = render_task_mail(a_task(kind), someone, READ_AT, "REF").text
    assert task_title(kind, language) in render_task_sms(a_task(kind), someone, SETTINGS).text
    for command in commands:
        assert f"arrears {command}" in text
    assert f"arrears explain {UID}" in text

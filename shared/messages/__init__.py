"""What people read: a notice rendered as SMS or as mail, in Chinese or English. Values in, values out.

``sms_texts`` holds the texts that are filed for approval, ``sms`` puts a notice into one, ``variables`` says what may
stand in them; ``mail_chinese`` and ``mail_english`` hold what mails say (in ``mail_form``), ``mail_sections``
their longer parts; ``line_words`` and ``consequence_words`` what lines and stops are called, ``words`` how figures are
put; ``letter`` is a mail before it has a form, ``mail_html`` its form; ``picture`` draws what is in a mail, on the
``raster``, and ``picture_words`` says the same; ``bundle`` and ``digest`` are one SMS and one mail on several accounts.
"""

from shared.messages.bundle import render_bundle_sms, summarise
from shared.messages.digest import render_digest
from shared.messages.mail import render_mail
from shared.messages.sms import (
    FiledTemplate,
    can_text,
    filed_codes,
    filed_templates,
    render_sms,
    sms_pieces,
    sms_text,
    template_key,
    textable,
)
from shared.messages.tasks import render_task_mail, render_task_sms, task_title

__all__ = [
    "FiledTemplate",
    "can_text",
    "filed_codes",
    "filed_templates",
    "render_bundle_sms",
    "render_digest",
    "render_mail",
    "render_sms",
    "render_task_mail",
    "render_task_sms",
    "sms_pieces",
    "sms_text",
    "summarise",
    "task_title",
    "template_key",
    "textable",
]

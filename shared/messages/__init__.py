"""What people read: a notice rendered as SMS or as mail, in Chinese or English. Values in, values out.

``sms_texts`` holds the texts that are filed for approval, ``sms`` puts a notice into one, ``variables`` says what may
stand in them; ``mail_chinese`` and ``mail_english`` hold what mails say (in ``mail_form``), ``mail_sections``
their longer parts; ``line_words`` and ``consequence_words`` what lines and stops are called, ``words`` how figures are
put; ``letter`` is a mail before it has a form, ``mail_html`` its form; ``picture`` draws what is in a mail, on the
``raster``, and ``picture_words`` says the same; ``bundle`` and ``digest`` are one SMS and one mail on several accounts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_PLACES = {
    "bundle": ("render_bundle_sms", "summarise"),
    "digest": ("render_digest",),
    "mail": ("render_mail",),
    "sms": (
        "FiledTemplate",
        "can_text",
        "filed_codes",
        "filed_templates",
        "render_sms",
        "sms_pieces",
        "sms_text",
        "template_key",
        "textable",
    ),
    "tasks": ("render_task_mail", "render_task_sms", "task_title"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- as above, where types are checked
    """Each part is imported when it is first asked for: in most hours of most agencies there is nothing to say."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found

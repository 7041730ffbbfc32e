"""What people read: a notice rendered as SMS or as mail, in Chinese or English. Values in, values out.

``sms_texts`` holds the texts that are filed for approval, ``sms`` puts a notice into one, ``variables`` says what may
stand in them; ``mail_chinese`` and ``mail_english`` hold what mails say (in ``mail_form``), ``mail_sections``
their longer parts; ``line_words`` and ``consequence_words`` what lines and stops are called, ``words`` how figures are
put; ``letter`` is a mail before it has a form, ``mail_html`` its form; ``picture`` draws what is in a mail, on the
``raster``, and ``picture_words`` says the same; ``bundle`` and ``digest`` are one SMS and one mail on several accounts.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.messages import bundle, digest, mail, sms, tasks

__all__ = ["bundle", "digest", "mail", "sms", "tasks"]


def __getattr__(name: str) -> ModuleType:
    """Each part is imported when it is first asked for: in most hours of most agencies there is nothing to say."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")

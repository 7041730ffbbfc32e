"""Every error code of SingleSendMail that is known, and what follows from it.

Source: alibabacloud.com/help/en/direct-mail/api-dm-2015-11-23-errorcodes; the classes are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.channels.codes import CHANNEL_DOWN, CONTACT_BAD, GATEWAY_CODES, MESSAGE_BAD, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

MAIL_CODES: Mapping[str, Verdict] = {
    **GATEWAY_CODES,
    # The recipient; ``.Spam`` is the provider's list of addresses that bounced before.
    "InvalidToAddress": CONTACT_BAD,
    "InvalidToAddress.Spam": CONTACT_BAD,
    "InvalidBody": MESSAGE_BAD,
    "InvalidSubject.Malformed": MESSAGE_BAD,
    # The sender, its display name and its tag are settings, the same for every mail.
    "InvalidFromAlias.Malformed": CHANNEL_DOWN,
    "InvalidTag.NotFound": CHANNEL_DOWN,
    "InvalidMailAddress.NotFound": CHANNEL_DOWN,
    "InvalidMailAddressStatus.Malformed": CHANNEL_DOWN,
    "InvalidMailAddressSendType.Malformed": CHANNEL_DOWN,
    "InvalidMailAddressDomain.Malformed": CHANNEL_DOWN,
    # "Check user status, frequency, quota": one code for several states of the agency's account.
    "InvalidSendMail.Spam": CHANNEL_DOWN,
}

"""The words of the mails in English: every sentence that a reader may see stands here.

``$name`` and the like are filled in by ``mail.py``. Calm and plain: what is the case, what to do, what happens
otherwise. Only what is said of a picture stands elsewhere, in ``picture_words.py``.
"""

from __future__ import annotations

from typing import Final

from shared.messages.mail_form import MailTexts

_RUNNING_OUT: Final = "At the recent rate of use, the balance of account “$name” will be used up around $end."
_STOP: Final = (
    "Once the balance is used up, pay-as-you-go services may be stopped. Some days after the stop, data may be "
    "released; what is released cannot be brought back by paying."
)
_DATA: Final = "After the stop, data is usually kept for days only; what is released cannot be brought back by paying."

ENGLISH: Final = MailTexts(
    headlines={
        "notice": "Balance expected to last until $hour",
        "warning": "Balance runs out around $hour: please plan a top-up",
        "critical": "Balance runs out around $hour: please top up now",
        "overdue": "Balance used up: services may stop at any time",
        "suspended": "Services may have stopped: please top up now",
        "recovered": "Balance recovered: nothing to do",
        "receipt": "$paid received: nothing to do",
        "receipt_low": "$paid received, the balance is still low",
        "receipt_short": "$paid received, $over still missing",
        "release": "Data of $products is released on $release_hour: please top up now",
        "release_earliest": "Data of $products may be released from $release_hour on: please top up now",
        "released": "Data of $products was due for release: please call now",
        "released_earliest": "Data of $products may be gone: please call now",
        "unreadable": "Balance not readable $runs times in a row",
        "drill": "A drill: nothing to do",
    },
    headline_no_end="Balance or spend has reached an agreed line",
    subject="$headline ($name)",
    greeting="Dear $contact,",
    openings={
        "notice": _RUNNING_OUT + " There is no hurry; please keep an eye on it and plan a top-up.",
        "warning": _RUNNING_OUT + " Please top up before then, so that your cloud services keep running.",
        "critical": _RUNNING_OUT + " There is little time left: please top up now to keep services from stopping.",
        "overdue": "The balance of account “$name” is used up and $over over. Services may stop at any time; "
        "please top up now.",
        "suspended": "The balance of account “$name” has been used up for some time and is $over over; services may "
        "have stopped. If you top up before data is released, most services resume by themselves.",
        "recovered": "The balance of account “$name” is back at $balance. The earlier alert is over; "
        "there is nothing for you to do.",
        "receipt": "$paid has arrived on account “$name”; its balance is now $balance. Thank you, there is nothing "
        "more for you to do.",
        "receipt_low": "$paid has arrived on account “$name”; its balance is now $balance, which is still low.",
        "receipt_short": "$paid has arrived on account “$name”, but its balance is still $over over. Only "
        "once all of it is paid do services that stopped resume, and is data safe.",
        "release": "The balance of account “$name” is used up and $over over. Unless that is paid, data of $products "
        "is released on $release ($release_left from now), and no payment brings it back.",
        "release_earliest": "The balance of account “$name” is used up and $over over. Unless that is paid, data of "
        "$products is released on $release at the earliest ($release_left from now), and no payment brings it back. "
        "When services stopped is not known exactly, so only the earliest hour is.",
        "released": "The balance of account “$name” is used up and $over over. By the rules, data of $products was "
        "kept until $release and should be gone by now. Data of other products may still be saved.",
        "released_earliest": "The balance of account “$name” is used up and $over over. Since $release, data of "
        "$products may be released at any time, or is gone already. A top-up now may still save it.",
        "unreadable": "The balance of account “$name” could not be read $runs times in a row. "
        "Until it can be read again its situation is unknown: do not take it for well, and expect no new alerts "
        "to the customer.",
        "drill": "This is a drill, started by $name on $read (China Standard Time). As you can read this, mail works; "
        "there is nothing for you to do.",
    },
    no_end="The balance or spend of account “$name” has reached an agreed line. At the recent rate of use the "
    "balance will not be used up soon; please keep an eye on it.",
    reach=" At the recent rate of use it will last until around $end.",
    steps_title="What to do",
    top_up="Top up $top_up.",
    top_up_lasts="Top up $top_up: at the recent rate of use that is enough for about $days days in all.",
    top_up_any="Top up in the billing console; go by the recent spend a day.",
    top_up_debt="Top up $top_up: it covers the $over that are missing, and the rest is enough for about $days days in "
    "all at the recent rate of use. If only a part is paid, what stopped does not resume.",
    check_use="See in the console, under Expenses and Costs, which products cost so much; stop what you do not need.",
    call="Please call $agency at once: $hotline. We look together at which data is still there.",
    paid_already="If you have just paid, there is nothing more to do: the alert ends once the new balance is read.",
    forward="If a colleague takes care of payments, please forward this mail.",
    forward_use="If a colleague looks after the cloud resources, please forward this mail.",
    button="Top up",
    fact_account="Account",
    fact_balance="Balance",
    fact_spend="Recent spend a day",
    fact_spend_value="about $spend",
    fact_end="Runs out",
    fact_end_value="around $end ($left after the reading)",
    fact_range="Possible range",
    fact_since="Below zero since",
    fact_top_up="Suggested top-up",
    fact_cause="Cause",
    fact_runs="Failures in a row",
    fact_runs_value="$runs",
    from_to="$early at the earliest, $late at the latest",
    from_on="$early at the earliest, possibly much later",
    consequences={
        "notice": _STOP,
        "warning": _STOP,
        "critical": _STOP,
        "overdue": _DATA,
        "suspended": _DATA,
        "released": "What was released cannot be brought back; what was not can still be saved by paying all of it.",
    },
    stakes="Once the balance is used up, pay-as-you-go services stop: $stakes What is released cannot be brought "
    "back by paying.",
    notes=(
        "Balance read at $read (China Standard Time). Later spend and payments are not in it.",
        "Vouchers are not counted. Dates follow the recent rate of use and move with it.",
    ),
    closing="Questions? Call $agency: $hotline",
    staff_closing="This mail goes to staff of $agency only.",
    own_consequence="This is $agency's own account, which pays for the alerts. In arrears, SMS stop at once, without "
    "any grace; Tablestore stops at once, and with it every check and every delivery. From then on all customers' "
    "alerts are lost without a sound, and no message will say so.",
    own_remedy=(
        "Look at the function's role in RAM: may it still query balance, bills and transactions?",
        "Until then, look at our own balance in the console every day: in arrears, all alerts are lost.",
    ),
    reference="Reference: $reference",
    badges={
        "recovered": "Recovered",
        "receipt": "Payment received",
        "release": "Release near",
        "released": "Retention over",
        "unreadable": "Monitoring interrupted",
        "drill": "Drill",
    },
    causes={
        "access_revoked": "access revoked (the customer's role is gone, no longer trusts us, or lacks a permission)",
        "throttled": "the provider asks us to read less often",
        "unreachable": "the provider's API does not answer, or fails",
        "unexpected_answer": "the provider answers in a form that is not known",
        "": "unknown",
    },
    remedies={
        "access_revoked": (
            "Ask the customer to look at the role in RAM that lets us in: is it there, with our UID and ExternalId?",
            "Make sure that the role may query balance, bills and transactions.",
            "Once it is mended there is nothing else to do: the next run reads the account again.",
        ),
        "throttled": (
            "This usually passes: wait for the next run.",
            "If it goes on, see whether another program queries bills with the same identity.",
        ),
        "unreachable": (
            "Look at Alibaba Cloud's health page for an incident.",
            "If no account can be read, check the function's way out to the network.",
        ),
        "unexpected_answer": (
            "Give the reference to whoever maintains this program: the answer is in the log.",
            "Until then, look at this account's balance in the console.",
        ),
        "": (
            "Ask whoever maintains this program to look at the log.",
            "Until then, look at this account's balance in the console.",
        ),
    },
)

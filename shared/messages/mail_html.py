"""A letter as HTML that reads well on a phone: one column, inline styles only, nothing loaded from anywhere.

The picture stands in the page itself (a data URI): DirectMail has no place for one beside it, and readers would have to
allow one from elsewhere. Programs that do not show it show its ``alt``, with the words around it.

The markup is well-formed XML. Tables carry the layout since mail programs agree on little else.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from string import Template
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.messages.letter import AccountRow, Letter, Panel

_COLOURS: Final = {
    "notice": "#1f5fa8",
    "warning": "#9a5b00",
    "critical": "#b3261e",
    "overdue": "#b3261e",
    "suspended": "#7a1410",
    "recovered": "#1e6b3a",
    "receipt": "#1e6b3a",
    "release": "#b3261e",
    "released": "#7a1410",
    "unreadable": "#4a5260",
    "task": "#4a5260",
    "drill": "#4a5260",
}
"""White text on any of them has a contrast of at least 4.5 to 1."""

_FONT: Final = "-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Helvetica Neue',Arial,sans-serif"

_PAGE: Final = Template("""\
<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>$headline</title>
</head>
<body style="margin:0;padding:0;background:#f2f4f7;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f2f4f7;">
<tr><td align="center" style="padding:16px 8px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" \
style="max-width:560px;background:#ffffff;border-radius:8px;border-top:6px solid $colour;\
font-family:$font;font-size:16px;line-height:1.6;color:#1c232d;text-align:left;">
<tr><td style="padding:20px 20px 24px;word-break:break-word;overflow-wrap:anywhere;">
<div><span style="display:inline-block;padding:2px 10px;border-radius:4px;background:$colour;color:#ffffff;\
font-size:14px;">$badge</span></div>
<h1 style="margin:10px 0 14px;font-size:21px;line-height:1.35;">$headline</h1>
<p style="margin:0 0 8px;">$greeting</p>
<p style="margin:0 0 16px;">$opening</p>
$steps$button$picture$facts$accounts$sections$consequence$notes\
<p style="margin:16px 0 0;padding-top:12px;border-top:1px solid #e3e7ed;">$closing</p>
<p style="margin:4px 0 0;font-size:13px;color:#5a6472;">$reference</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
""")


def html_page(letter: Letter) -> str:
    """The whole page; every text of the letter is escaped."""
    return _PAGE.substitute(
        language=escape(letter.language),
        colour=_COLOURS[letter.key],
        font=_FONT,
        badge=escape(letter.badge),
        headline=escape(letter.headline),
        greeting=escape(letter.greeting),
        opening=escape(letter.opening),
        steps=_steps(letter),
        button=_button(letter),
        picture=_picture(letter),
        facts=_facts(letter),
        sections=_sections(letter),
        accounts=_accounts(letter),
        consequence=_consequence(letter),
        notes=_notes(letter),
        closing=escape(letter.closing),
        reference=escape(letter.reference),
    )


def _steps(letter: Letter) -> str:
    if not letter.steps:
        return ""
    items = "".join(f'<li style="margin:0 0 6px;">{escape(step)}</li>\n' for step in letter.steps)
    return (
        f'<p style="margin:0 0 6px;font-weight:bold;">{escape(letter.steps_title)}</p>\n'
        f'<ol style="margin:0 0 16px;padding-left:24px;">\n{items}</ol>\n'
    )


def _button(letter: Letter) -> str:
    if letter.button is None:
        return ""
    label, address = letter.button
    return (
        f'<p style="margin:0 0 20px;"><a href="{escape(address)}" style="display:block;padding:12px 16px;'
        f"border-radius:6px;background:{_COLOURS[letter.key]};color:#ffffff;font-weight:bold;text-align:center;"
        f'text-decoration:none;">{escape(label)}</a></p>\n'
    )


def _picture(letter: Letter) -> str:
    picture = letter.picture
    if picture is None:
        return ""
    columns = 2 * len(picture.panels)
    data = b64encode(picture.png).decode()
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="table-layout:fixed;font-size:13px;line-height:1.4;color:#5a6472;margin:0 0 20px;">\n'
        f"<tr>{''.join(map(_panel_head, picture.panels))}</tr>\n"
        f'<tr><td colspan="{columns}" style="padding:6px 0 2px;">'
        f'<img src="data:image/png;base64,{data}" alt="{escape(picture.alt)}" width="{picture.width}" '
        f'height="{picture.height}" style="display:block;width:100%;max-width:100%;height:auto;border:0;"/></td></tr>\n'
        f"<tr>{''.join(map(_panel_foot, picture.panels))}</tr>\n"
        f'<tr><td colspan="{columns}" style="padding:6px 0 0;">{escape(picture.legend)}</td></tr>\n</table>\n'
    )


def _panel_head(panel: Panel) -> str:
    return (
        f'<td colspan="2" width="{panel.share:.0%}" style="padding-right:8px;vertical-align:bottom;">'
        f'<b style="color:#1c232d;">{escape(panel.title)}</b><br/>{escape(panel.top)}</td>'
    )


def _panel_foot(panel: Panel) -> str:
    cell = "font-size:12px;white-space:nowrap;vertical-align:top;"
    return (
        f'<td style="{cell}">{escape(panel.first)}</td>'
        f'<td align="right" style="{cell}padding-right:12px;">{escape(panel.last)}</td>'
    )


def _facts(letter: Letter) -> str:
    if not letter.facts and letter.accounts:
        return ""
    cell = "padding:8px 0;border-top:1px solid #e3e7ed;vertical-align:top;"
    rows = "".join(
        f'<tr><td width="34%" style="{cell}padding-right:12px;color:#5a6472;">{escape(label)}</td>'
        f'<td style="{cell}">{escape(value)}</td></tr>\n'
        for label, value in letter.facts
    )
    return (
        '<table width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'style="font-size:15px;line-height:1.5;margin:0 0 16px;">\n{rows}</table>\n'
    )


def _sections(letter: Letter) -> str:
    return "".join(
        f'<p style="margin:0 0 4px;font-weight:bold;">{escape(title)}</p>\n'
        '<ul style="margin:0 0 16px;padding-left:20px;font-size:15px;line-height:1.5;">\n'
        + "".join(f'<li style="margin:0 0 4px;">{escape(item)}</li>\n' for item in items)
        + "</ul>\n"
        for title, items in letter.sections
    )


def _accounts(letter: Letter) -> str:
    if not letter.accounts:
        return ""
    rows = "".join(_account(row) for row in letter.accounts)
    return (
        '<table width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'style="font-size:15px;line-height:1.5;margin:0 0 16px;">\n{rows}</table>\n'
    )


def _account(row: AccountRow) -> str:
    cell = "padding:8px 0;border-top:1px solid #e3e7ed;vertical-align:top;"
    badge = f"padding:1px 8px;border-radius:4px;background:{_COLOURS[row.key]};color:#ffffff;font-size:13px;"
    figures = "<br/>".join(
        f'<span style="color:#5a6472;">{escape(label)}</span> {escape(value)}' for label, value in row.figures
    )
    return (
        f'<tr><td width="44%" style="{cell}padding-right:12px;">'
        f'<span style="{badge}">{escape(row.badge)}</span><br/>{escape(row.name)}</td>'
        f'<td style="{cell}">{figures}</td></tr>\n'
    )


def _consequence(letter: Letter) -> str:
    if not letter.consequence:
        return ""
    return (
        '<p style="margin:0 0 16px;padding:12px 14px;background:#f6f7f9;border-radius:6px;">'
        f"{escape(letter.consequence)}</p>\n"
    )


def _notes(letter: Letter) -> str:
    return "".join(
        f'<p style="margin:0 0 4px;font-size:13px;line-height:1.5;color:#5a6472;">{escape(note)}</p>\n'
        for note in letter.notes
    )

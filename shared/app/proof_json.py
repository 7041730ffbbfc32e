"""A proof as plain values, with the digest of its content."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from shared.app.outbox_list import messages_json
from shared.model import MailContent
from shared.state.entries import encode

if TYPE_CHECKING:
    from shared.app.proof import Proof, Sent
    from shared.snapshot import Snapshot


def proof_json(proof: Proof, *, reveal: bool) -> tuple[str, str]:
    """``{"content": ..., "sha256": ...}``, and the digest: of the content as JSON, keys in order, without blanks."""
    content = {
        "account_id": proof.account.account_id,
        "name": proof.account.name,
        "since": proof.since.isoformat(),
        "until": proof.until.isoformat(),
        "ended": proof.ended,
        "made_at": proof.made_at.isoformat(),
        "config_version": proof.config_version,
        "readings": [_reading(snapshot) for snapshot in proof.snapshots],
        "decisions": [{"at": d.at.isoformat(), **json.loads(encode(d))} for d in proof.decisions],
        "words": [{"at": one.at.isoformat(), **json.loads(encode(one))} for one in proof.words],
        "messages": [_message(one, reveal=reveal) for one in proof.sent],
        "gaps": [{"zh-CN": gap.chinese, "en": gap.english} for gap in proof.gaps],
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return json.dumps({"content": content, "sha256": digest}, ensure_ascii=False, indent=2) + "\n", digest


def _reading(snapshot: Snapshot) -> dict[str, object]:
    amount, days = snapshot.available_amount, snapshot.days_left
    return {
        "at": snapshot.at.isoformat(),
        "currency": snapshot.currency,
        "available_amount": None if amount is None else str(amount),
        "days_left": None if days is None else [None if one == float("inf") else one for one in days],
        "level": snapshot.level.label,
        "failure": snapshot.failure or None,
    }


def _message(one: Sent, *, reveal: bool) -> dict[str, object]:
    (plain,) = messages_json([one.message], reveal=reveal)
    content = one.message.content
    said = {"subject": content.subject, "text": content.text} if isinstance(content, MailContent) else content.text
    filed = [{"at": step.at.isoformat(), **json.loads(encode(step))} for step in one.steps]
    return plain | {"content": said, "filed": filed, "unchanged": one.unchanged}

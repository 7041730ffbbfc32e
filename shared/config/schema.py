"""The JSON Schema of agency.yaml, from which editors complete and check while staff type."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from shared.config import Config
from shared.config.part import adapter

_COMPLETE = ("MessageSettings", "SmsSettings", "MailSettings", "StaffContact", "OwnAccount")
"""The parts that nothing is merged into; of all others any key may be left out."""

_TITLE = "预警服务的全部设置 / all settings of the service"


def config_schema() -> dict[str, Any]:
    """The schema as JSON values, descriptions in Chinese and English."""
    schema = adapter(Config).json_schema()
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "description": _TITLE}
    for name, part in schema["$defs"].items():
        part.pop("description", None)
        if name not in _COMPLETE:
            part.pop("required", None)
    for name in ("policies", "overrides"):
        keyed = schema["properties"][name]
        keyed["patternProperties"] = {key: {"$ref": "#/$defs/Policy"} for key in keyed["patternProperties"]}
        keyed["additionalProperties"] = False
    return dict(_plain(schema))


def schema_text() -> str:
    """agency.schema.json as it stands at the root of the project."""
    return json.dumps(config_schema(), ensure_ascii=False, indent=2) + "\n"


def _plain(node: Any) -> Any:  # noqa: ANN401 - JSON of any kind
    """Without generated titles and defaults of whole groups; numbers as numbers."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _plain(value) for key, value in node.items() if key != "title"}
    if isinstance(kept.get("default"), dict):
        del kept["default"]
    if kept.get("type") == "number" and "default" in kept:
        kept["default"] = float(Decimal(kept["default"]))
    return kept

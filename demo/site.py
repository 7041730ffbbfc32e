"""An agency set up on the local cloud: its settings, what was approved in the consoles, its functions deployed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.serverless import deploy
from shared.app.wiring import Settings, Stores, open_stores, read_config, settings_from
from shared.messages.sms import filed_templates
from shared.model import Language

if TYPE_CHECKING:
    from localcloud.running import RunningCloud

ROOT = Path(__file__).parents[1]
CHECK = ("arrears-check-balances", "hourly")
"""Function and timer, as s.yaml names them."""
AUDIT = ("arrears-audit-warnings", "hourly")
DELIVER = ("arrears-deliver-notifications", "every-five-minutes")


DAYS_WARM = 60
"""How long instances are kept: a replay of many days is not to be spent on cold starts."""


@dataclass(slots=True)
class Site:
    """One agency on one local cloud."""

    cloud: RunningCloud
    config_file: Path

    @property
    def environment(self) -> dict[str, str]:
        """The settings of everything that talks to this cloud; keys come from the platform."""
        scheme = "http" if self.cloud.ca is None else "https"
        return {
            "ARREARS_TABLESTORE_ENDPOINT": self.cloud.tablestore,
            "ARREARS_TABLESTORE_INSTANCE": self.cloud.instance,
            "ARREARS_CONFIG": str(self.config_file),
            "ARREARS_FC_ENDPOINT": self.cloud.fc,
        } | {
            f"ARREARS_{service}_ENDPOINT": f"{scheme}://{self.cloud.openapi}"
            for service in ("BSS", "STS", "SMS", "MAIL")
        }

    @property
    def keys(self) -> dict[str, str]:
        """The agency's key, for what runs outside of functions."""
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.cloud.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.cloud.access_key_secret,
        }

    @property
    def shell(self) -> dict[str, str]:
        """The environment of a command of the staff's."""
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | self.environment | self.keys

    @property
    def settings(self) -> Settings:
        """As a function reads them."""
        return settings_from(self.environment | self.keys)

    @property
    def stores(self) -> Stores:
        """What is stored."""
        return open_stores(self.settings)

    def approve(self) -> None:
        """The staff's part in the consoles: signature, templates and sender are approved."""
        messages = read_config(self.config_file).messages
        codes = {Language.CHINESE: messages.sms.templates, Language.ENGLISH: messages.sms.templates_en or {}}
        texts = {
            codes[filed.language][filed.key]: filed.content
            for filed in filed_templates(messages.hotline)
            if filed.key in codes[filed.language]
        }
        self.cloud.control.approve_sms([messages.sms.sign_name], texts)
        self.cloud.control.approve_mail([messages.mail.sender])

    def deploy(self) -> None:
        """Both functions and their timers, as s.yaml says."""
        settings = self.environment | {"PYTHONPATH": str(ROOT)}
        deploy(
            self.cloud.control,
            ROOT / "s.yaml",
            {},
            code=ROOT / "functions",
            settings=settings,
            credential_hours=DAYS_WARM * 24,
        )

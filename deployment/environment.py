"""The environment variables of the functions: those that the program reads (``shared/app/wiring.py``)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import model_validator

from deployment.strict import Filled, Strict, matching

Address = Annotated[str, matching(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+", "https://INSTANCE.REGION.ots.aliyuncs.com")]
Host = Annotated[str, matching(r"[a-z0-9-]+(\.[a-z0-9-]+)+", "the name of a host, as business.aliyuncs.com")]
Number = Annotated[str, matching(r"[1-9][0-9]*", "a whole number in quotes, as '100'")]
_KEYS = "the functions' role gives them; a key in this file would be read by all who read it"


class Environment(Strict):
    """What the functions are told wherever they run; README, section Settings."""

    not_wanted: ClassVar = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": _KEYS,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": _KEYS,
        "ALIBABA_CLOUD_SECURITY_TOKEN": _KEYS,
        "ARREARS_LANG": "it is that of the commands",
    }

    ARREARS_TABLESTORE_ENDPOINT: Address
    ARREARS_TABLESTORE_INSTANCE: Filled
    ARREARS_CONFIG: Literal["/code/agency.yaml"]
    ARREARS_HEARTBEAT: Literal["on", "off"] = "on"
    ARREARS_BSS_ENDPOINT: Host | None = None
    ARREARS_STS_ENDPOINT: Host | None = None
    ARREARS_SMS_ENDPOINT: Host | None = None
    ARREARS_MAIL_ENDPOINT: Host | None = None
    ARREARS_FC_ENDPOINT: Host | None = None
    ARREARS_ASSUME_ROLES_PER_SECOND: Number | None = None

    @model_validator(mode="after")
    def _names_one_instance(self) -> Environment:
        """The address begins with the instance's name; another's has none of our rows."""
        if not self.ARREARS_TABLESTORE_ENDPOINT.startswith(f"https://{self.ARREARS_TABLESTORE_INSTANCE}."):
            raise ValueError(
                f"ARREARS_TABLESTORE_ENDPOINT is that of another instance: write "
                f"https://{self.ARREARS_TABLESTORE_INSTANCE}.REGION.ots.aliyuncs.com"
            )
        return self

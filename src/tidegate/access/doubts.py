"""Why a sign-in at the identity provider is not believed: a closed list, so that no text of the provider's is ever passed on."""

from enum import StrEnum


class Doubt(StrEnum):
    """What was wrong; the value is what the audit log shows."""

    PROVIDER_AWAY = "provider_away"
    PROVIDER_UNUSABLE = "provider_answer_unusable"
    PROVIDER_MISMATCH = "provider_issuer_mismatch"
    PROVIDER_REFUSED = "provider_refused"
    CODE_REFUSED = "provider_code_refused"
    TOKEN_FORM = "id_token_malformed"
    TOKEN_ALGORITHM = "id_token_algorithm"
    TOKEN_KEY = "id_token_key_unknown"
    TOKEN_SIGNATURE = "id_token_signature"
    TOKEN_ISSUER = "id_token_issuer"
    TOKEN_AUDIENCE = "id_token_audience"
    TOKEN_TIME = "id_token_time"
    TOKEN_NONCE = "id_token_nonce"
    TOKEN_SUBJECT = "id_token_subject"


class NotProven(Exception):
    """Nobody's identity was proven; `doubt` says why."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt.value)
        self.doubt = doubt

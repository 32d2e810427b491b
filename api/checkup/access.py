"""Who may use the server, for `attune doctor`: how many keys, never which."""

from __future__ import annotations

from collections.abc import Iterator

from api.checkup.finding import Finding
from api.errors import ApiError
from api.settings import Settings


def access_findings(settings: Settings) -> Iterator[Finding]:
    """What opens the server."""
    from api.identity.keyfile import KeyFile
    from api.identity.tokens import verifier_of

    try:
        tokens = verifier_of(settings) is not None
        keys = [key.state() for key in KeyFile(settings.keys).keys().values()]
    except ApiError as error:
        yield Finding(name="access", level="bad", state=str(error))
        return
    opening = [f"{keys.count('valid')} of {len(keys)} keys valid"] if keys else []
    opening += ["JSON Web Tokens"] if tokens else []
    if opening:
        yield Finding(name="access", level="ok", state=", ".join(opening))
    elif settings.allow_anonymous:
        state = "nobody is asked for a key, from wherever they come (ATTUNE_ALLOW_ANONYMOUS)"
        yield Finding(name="access", level="note", state=state, remedy="attune keys add NAME")
    else:
        yield Finding(
            name="access",
            level="ok",
            state="no keys: attune serve answers this machine only",
            remedy="to let others in: attune keys add NAME",
        )

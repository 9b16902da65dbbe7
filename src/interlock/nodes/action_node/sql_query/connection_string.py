"""Connection strings of PostgreSQL: what a credential may say in one, and what the driver gets of it.

The driver completes a connection string from its process: environment variables (`PGPASSWORD`, `PGSERVICE`, …) and files below the home directory
(`.pgpass`, `.postgresql/postgresql.key`, …). Those belong to the worker, not to the person who wrote the string, so every parameter that the driver
would complete is given a value here.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Final

PARAMETERS: Final = frozenset(
    {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "dbname",
        "host",
        "load_balance_hosts",
        "password",
        "port",
        "require_auth",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslmode",
        "sslnegotiation",
        "sslrootcert",
        "target_session_attrs",
        "user",
    }
)
"""What the connection string of a credential may set. The others name files, run options at the server, or change how it is connected to."""
SYSTEM_ROOTS: Final = "system"
AUTH_METHODS: Final = frozenset({"md5", "none", "password", "scram-sha-256"})
"""How a credential may prove who it is. The other ways of the driver, `gss` and `sspi`, use tickets of the worker's process."""
HOST_LIMIT: Final = 10
CONNECT_SECONDS: Final = 10
_NO_FILE: Final = "/dev/null/none"
"""A path at which there can be no file. An empty text would make the driver look in the home directory."""
_FIXED: Final[Mapping[str, str]] = {
    "client_encoding": "UTF8",
    "connect_timeout": str(CONNECT_SECONDS),
    "gssencmode": "disable",
    "keepalives": "1",
    "keepalives_count": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "max_protocol_version": "3.0",
    "min_protocol_version": "3.0",
    "passfile": _NO_FILE,
    "require_auth": "!gss,!sspi",  # tickets of the worker
    "sslcertmode": "disable",
    "sslcrl": _NO_FILE,
    "sslcrldir": _NO_FILE,
    "sslkey": _NO_FILE,
    "sslrootcert": _NO_FILE,
    "tcp_user_timeout": "15000",
}
_LEFT_OUT: Final = frozenset({"service", "servicefile", "scram_client_key", "scram_server_key"})
"""An empty value of these is an error. A service of the environment changes nothing, because all that it could set is set."""


class ConnectionStringRefused(ValueError):
    """A connection string that is not used. The message shows nothing of its values.

    Attributes:
        hint: what to change.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def parse_connection_string(text: str) -> dict[str, str]:
    """Returns the parameters of a connection string, in either form.

    Raises:
        ConnectionStringRefused: it cannot be read, or names no user.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parameters = {name: str(value) for name, value in conninfo_to_dict(text).items()}
    except (psycopg.Error, UnicodeError, ValueError):
        raise ConnectionStringRefused(
            "is not a connection string of PostgreSQL", "for example postgresql://user:password@host:5432/database"
        ) from None
    if not parameters.get("user"):
        raise ConnectionStringRefused("names no user", "for example postgresql://user:password@host:5432/database")
    return parameters


def check_parameters(parameters: Mapping[str, str]) -> None:
    """Checks the parameters of a credential's connection string.

    Raises:
        ConnectionStringRefused: one that a credential may not set, no host, a path in place of a host, or a file.
    """
    if unknown := sorted(parameters.keys() - PARAMETERS):
        raise ConnectionStringRefused(f"has the parameter {', '.join(unknown)}", f"use only {', '.join(sorted(PARAMETERS))}")
    hosts = parameters.get("host", "").split(",")
    if not all(hosts) or any(host.startswith(("/", "@")) or host[1:3] == ":\\" for host in hosts):
        raise ConnectionStringRefused("does not name every host", "name hosts or addresses; a socket of the worker's machine is not one")
    ports = parameters.get("port", "").split(",")
    if len(hosts) > HOST_LIMIT or len(ports) not in (1, len(hosts)) or not all(_is_port(port) for port in ports):
        raise ConnectionStringRefused("has hosts and ports that do not fit", f"at most {HOST_LIMIT} hosts, and one port or one for each host")
    if parameters.get("sslrootcert", SYSTEM_ROOTS) != SYSTEM_ROOTS or parameters.get("sslmode") == "verify-ca":
        raise ConnectionStringRefused(
            "names a file of certificates", "use sslmode=verify-full, which trusts the certificates that HTTP_REQUEST trusts"
        )
    if "require_auth" in parameters and not set(parameters["require_auth"].split(",")) <= AUTH_METHODS:
        raise ConnectionStringRefused(
            "has a require_auth that is not used here", f"name one or more of {', '.join(sorted(AUTH_METHODS))}, or leave it out"
        )
    if not parameters.get("connect_timeout", "1").isdecimal():
        raise ConnectionStringRefused("has a connect_timeout that is not a number of seconds", "leave it out")


def driver_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """Returns everything that the driver knows, so that it takes nothing from the environment or the home directory of its process."""
    whole = {**_compiled_defaults(), "dbname": parameters["user"], **{name: value for name, value in _FIXED.items() if name in _compiled_defaults()}}
    whole["application_name"] = "interlock SQL_QUERY"
    if parameters.get("sslmode", "").startswith("verify-"):
        whole["sslrootcert"] = _trusted_certificates()
    if "sslcert" in parameters and "sslcertmode" in whole:
        whole["sslcertmode"] = "allow"
    given = {name: value for name, value in parameters.items() if (name, value) != ("sslrootcert", SYSTEM_ROOTS)}
    if seconds := given.pop("connect_timeout", ""):
        whole["connect_timeout"] = str(min(CONNECT_SECONDS, int(seconds)) or CONNECT_SECONDS)
    return whole | given


def _is_port(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65_536)


@cache
def _compiled_defaults() -> Mapping[str, str]:
    """What the driver was built with for each of its parameters; empty for those without a default."""
    from psycopg import pq

    defaults = {option.keyword.decode(): (option.compiled or b"").decode() for option in pq.Conninfo.get_defaults()}
    return {name: value for name, value in defaults.items() if name not in _LEFT_OUT}


def _trusted_certificates() -> str:
    """The file of certificates that HTTP_REQUEST trusts."""
    import certifi  # comes with httpx

    return os.environ.get("SSL_CERT_FILE") or certifi.where()

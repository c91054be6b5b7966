#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server for tests, on loopback:  smtpd.py [--tls CERT KEY] [--user NAME PASSWORD] [--no-starttls] [--mute]
Prints {"port": n}, then one JSON line for each mail it was offered: from, to, tls, user, data, parsed header lines and text, taken.
Who is written to decides its answer: refused@... 550, later@... 451, full@... 552 after the data.
It must not know the desk."""
import argparse
import asyncio
import email
import email.policy
import json
import socket
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(what):
    print(json.dumps(what), flush=True)


def facts(envelope, session, data):
    mail = email.message_from_bytes(data, policy=email.policy.default)
    return {
        "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
        "user": getattr(session, "auth_data", None), "data": data.decode("latin-1"),
        "headers": [[name, str(value)] for name, value in mail.items()], "defects": [str(d) for d in mail.defects],
        "text": mail.get_content(),
    }


class Handler:
    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("refused"):
            say({"refused": address})
            return "550 5.1.1 No such mailbox"
        if address.startswith("later"):
            say({"later": address})
            return "451 4.7.1 Come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope):
        is_full = any(address.startswith("full") for address in envelope.rcpt_tos)
        say({**facts(envelope, session, envelope.content), "taken": not is_full})
        return "552 5.2.2 Mailbox full" if is_full else "250 OK"


def server_of(arguments):
    context = None
    if arguments.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*arguments.tls)

    def authenticate(_server, _session, _envelope, _mechanism, data):
        if [data.login.decode(), data.password.decode()] == arguments.user:
            return AuthResult(success=True, auth_data=data.login.decode())
        return AuthResult(success=False, handled=False)

    return SMTP(Handler(), hostname="mail.test.example", tls_context=None if arguments.no_starttls else context,
                require_starttls=bool(context) and not arguments.no_starttls,
                authenticator=authenticate if arguments.user else None, auth_required=bool(arguments.user),
                auth_require_tls=True, enable_SMTPUTF8=True)


class Mute(asyncio.Protocol):
    """Takes connections and says nothing."""


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--user", nargs=2)
    parser.add_argument("--no-starttls", action="store_true")
    parser.add_argument("--mute", action="store_true")
    arguments = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    factory = Mute if arguments.mute else lambda: server_of(arguments)
    server = await asyncio.get_running_loop().create_server(factory, sock=listener)
    say({"port": listener.getsockname()[1]})
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)

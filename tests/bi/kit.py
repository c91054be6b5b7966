# SPDX-License-Identifier: Apache-2.0
# What the tests of BI roles share: TAP, a database of their own, sessions as any role, ebbctl.
# It must not know what a role may see.

import atexit
import os
import select
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.abspath(os.environ.get("EBB_SRC", os.path.join(HERE, "../..")))
BUILD = os.environ.get("EBB_BUILD", os.path.join(SRC, "build"))
EBBCTL = os.environ.get("EBB_CTL", os.path.join(BUILD, "core/ebbctl"))


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, is_true, name, *why):
        self.count += 1
        print(f"{'ok' if is_true else 'not ok'} {self.count} - {name}", flush=True)
        if not is_true:
            self.failed += 1
            for line in "\n".join(str(w) for w in why).splitlines()[:20]:
                print(f"# {line[:600]}", flush=True)

    def same(self, got, wanted, name, *why):
        self.ok(got == wanted, name, f"got {got!r}", f"wanted {wanted!r}", *why)

    def note(self, text):
        print(f"# {text}", flush=True)

    def done(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


tap = Tap()


class Database:
    """A clone of the tests' template, dropped at the end with the roles that were made for it (bi_<prefix>...)."""

    def __init__(self, name):
        self.name, self.prefix = f"t_bi_{name}_kit", f"bi_t{name}_"
        cluster = os.path.join(SRC, "tests/lib/cluster.sh")
        subprocess.run([cluster, "drop", self.name], check=True, stderr=subprocess.DEVNULL)
        subprocess.run([cluster, "clone", self.name], check=True)
        self.env = {k: v for k, v in os.environ.items() if k not in ("PGUSER", "EBB_CONF")}
        self.env["PGDATABASE"], self.env["EBB_SQL"] = self.name, os.path.join(SRC, "sql")
        self.drop_roles()
        atexit.register(self.drop, cluster)
        self.folder = tempfile.TemporaryDirectory(prefix="ebb-bi-")

    def drop_roles(self):
        for (role,) in self.rows(f"select rolname from pg_roles where starts_with(rolname, '{self.prefix}')"):
            self.run(f"drop owned by {role}; drop role {role}")

    def drop(self, cluster):
        self.drop_roles()
        subprocess.run([cluster, "drop", self.name], check=False, stderr=subprocess.DEVNULL)

    def run(self, sql, user="postgres", stop=True):
        return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", f"ON_ERROR_STOP={int(stop)}", "-f", "-"], env=dict(self.env, PGUSER=user),
                              input=sql, capture_output=True, text=True)

    def rows(self, sql, user="postgres"):
        done = self.run(sql, user)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def value(self, sql, user="postgres"):
        rows = self.rows(sql, user)
        return rows[0][0] if rows else None

    def file(self, name):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(HERE, name)], env=dict(self.env, PGUSER="postgres"), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def ebbctl(self, *args, **env):
        return subprocess.run([EBBCTL, *args], env=dict(self.env, **env), capture_output=True, text=True, input="")


class Session:
    """A log-in that stays: ask() gives all that came back, errors too, up to its own mark."""

    def __init__(self, database, user):
        self.process = subprocess.Popen(["stdbuf", "-oL", "psql", "-X", "-q", "-A", "-t"], env=dict(database.env, PGUSER=user), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        atexit.register(self.close)
        self.text = b""

    def say(self, sql):
        self.process.stdin.write((sql + "\n\\echo MARK-END\n").encode())
        self.process.stdin.flush()

    def hear(self, limit_s=30):
        until = time.monotonic() + limit_s
        while b"MARK-END\n" not in self.text:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise RuntimeError(f"no answer within {limit_s} s: {self.text[-500:]!r}")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                break
            self.text += piece
        answer, _, self.text = self.text.partition(b"MARK-END\n")
        return answer.decode(errors="replace").strip()

    def ask(self, sql, limit_s=30):
        self.say(sql)
        return self.hear(limit_s)

    def ask_all(self, statements, begin="", limit_s=120):
        """Each in a transaction of its own; what came back for each. In one go: under load a wait for every answer takes longer than all answers."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write("".join(f"{begin}\n{sql};\nrollback;\n\\echo MARK-NEXT\n" for sql in statements))
            file.flush()
            answers = self.ask(f"\\i {file.name}", limit_s).split("MARK-NEXT")
        if len(answers) != len(statements) + 1:
            raise RuntimeError(f"{len(answers) - 1} answers to {len(statements)} statements: {answers[-1][-500:]}")
        return answers[:-1]

    def close(self):
        self.process.kill()
        self.process.wait()

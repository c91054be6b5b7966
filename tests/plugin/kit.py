# SPDX-License-Identifier: Apache-2.0
# What the plugin tests in Python share: TAP, a database of their own, sql/apply, ebbctl, plugins compiled on the spot.
# It must not know any plugin.

import atexit
import json
import os
import subprocess
import sys
import tempfile

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
            for line in "\n".join(str(w) for w in why).splitlines():
                print(f"# {line}", flush=True)

    def same(self, got, wanted, name, *why):
        self.ok(got == wanted, name, f"got {got!r}", f"wanted {wanted!r}", *why)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def done(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


tap = Tap()


class Database:
    """A clone of the tests' template, dropped at the end with the roles that plugins made."""

    def __init__(self, name, plugins=()):
        self.name, self.plugins = f"t_plugin_{name}_kit", plugins
        cluster = os.path.join(SRC, "tests/lib/cluster.sh")
        subprocess.run([cluster, "drop", self.name], check=True, stderr=subprocess.DEVNULL)
        subprocess.run([cluster, "clone", self.name], check=True)
        atexit.register(self.drop, cluster)
        self.env = {k: v for k, v in os.environ.items() if k not in ("PGUSER", "EBB_CONF")}
        self.env["PGDATABASE"], self.env["EBB_SQL"] = self.name, os.path.join(SRC, "sql")
        self.folder = tempfile.TemporaryDirectory(prefix="ebb-plugin-")
        os.chmod(self.folder.name, 0o755)

    def drop(self, cluster):
        subprocess.run([cluster, "drop", self.name], check=False, stderr=subprocess.DEVNULL)
        for plugin in self.plugins:
            for role in (f"ebb_x_{plugin}", f"ebb_x_{plugin}_call"):
                subprocess.run(["psql", "-X", "-q", "-c", f"drop role if exists {role}"], env=dict(self.env, PGUSER="postgres", PGDATABASE="postgres"), stderr=subprocess.DEVNULL)

    def run(self, sql, user="postgres"):
        return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-f", "-"], env=dict(self.env, PGUSER=user), input=sql, capture_output=True, text=True)

    def rows(self, sql, user="postgres"):
        done = self.run(sql, user)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def value(self, sql, user="postgres"):
        rows = self.rows(sql, user)
        return rows[0][0] if rows else None

    def apply(self, *args, user="postgres"):
        return subprocess.run([os.path.join(SRC, "sql/apply"), *args], env=dict(self.env, PGUSER=user), capture_output=True, text=True)

    def ebbctl(self, *args, stdin=None, **env):
        return subprocess.run([EBBCTL, *args], env=dict(self.env, **env), capture_output=True, text=True, input=stdin if stdin is not None else "")

    def path(self, *parts):
        path = os.path.join(self.folder.name, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def file(self, name, content):
        path = self.path(*name.split("/"))
        with open(path, "w", encoding="utf-8") as out:
            out.write(json.dumps(content) if isinstance(content, (dict, list)) else content)
        return path


def compile_plugin(source, target, *flags):
    """One .c file as a plugin; ends the test when it does not compile."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    done = subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-O1", "-fPIC", "-fvisibility=hidden", "-shared", "-I", os.path.join(SRC, "include"), *flags, "-o", target, source],
                          capture_output=True, text=True)
    if done.returncode != 0:
        print(f"Bail out! {source} does not compile: {done.stderr}")
        sys.exit(1)
    os.chmod(target, 0o755)
    return target

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The matcher against a slow one: random rules on random texts, asked of the plugin itself (its .so, by ctypes, with a desk that is
# played here) and of a few lines of Python that know nothing of automata. Speaks TAP.

import csv
import ctypes
import json
import lzma
import os
import random
import subprocess
import sys
import tempfile
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.abspath(os.path.join(HERE, "../../.."))
CASES = 10000
SEED = int(os.environ.get("EBB_SEED", "7"))

c, p = ctypes.c_char_p, ctypes.c_void_p
LOG = ctypes.CFUNCTYPE(None, p, ctypes.c_int, c)
FAIL = ctypes.CFUNCTYPE(ctypes.c_int, p, c, c)
ALLOC = ctypes.CFUNCTYPE(p, p, ctypes.c_size_t)
CONFIG = ctypes.CFUNCTYPE(p, p, c)
ROWS = ctypes.CFUNCTYPE(p, p, c)
NOW = ctypes.CFUNCTYPE(ctypes.c_int64, p)
GIVE = ctypes.CFUNCTYPE(ctypes.c_int, p, p)
WRITE = ctypes.CFUNCTYPE(ctypes.c_int, p, p, ctypes.c_size_t)


class Host(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("log", LOG), ("fail", FAIL), ("alloc", ALLOC), ("config", CONFIG), ("rows", ROWS), ("now", NOW),
                ("suggest", GIVE), ("act", GIVE), ("write", WRITE)]


class Suggestion(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("field", c), ("value", c), ("confidence", ctypes.c_double), ("explanation", c)]


class Ticket(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t)] + [(n, ctypes.c_int64) for n in ("department_id", "service_id", "request_type_id", "impact", "urgency")] + \
               [(n, c) for n in ("subject", "description", "channel", "requester_email", "requester_site", "form", "facts")]


class Plugin(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("name", c), ("version", c), ("licence", c), ("summary", c),
                ("needs", ctypes.c_uint32), ("tick_s", ctypes.c_uint32), ("params", p), ("statements", p), ("reports", p), ("events", p), ("reads", p),
                ("start", ctypes.CFUNCTYPE(ctypes.c_int, p, ctypes.POINTER(p))), ("stop", p), ("check", ctypes.CFUNCTYPE(ctypes.c_int, p)),
                ("categorise", ctypes.CFUNCTYPE(ctypes.c_int, p, p, ctypes.POINTER(Ticket))), ("automate", p), ("report", p)]


class Desk:
    """What the plugin may call. Memory is kept until the next configuration."""

    def __init__(self, plugin):
        self.plugin, self.kept, self.given, self.failed, self.state = plugin, [], [], None, p()
        self.values = {b"rules": ctypes.create_string_buffer(b"[]"), b"stop_at_first": ctypes.create_string_buffer(b"false")}
        self.host = Host(ctypes.sizeof(Host), LOG(lambda *a: None), FAIL(self.fail), ALLOC(self.alloc), CONFIG(lambda h, k: ctypes.addressof(self.values[k])),
                         ROWS(lambda h, s: None), NOW(lambda h: 0), GIVE(self.suggest), GIVE(lambda *a: 2), WRITE(lambda *a: 2))

    def fail(self, host, pointer, sentence):
        self.failed = (pointer, sentence)
        return 2

    def alloc(self, host, size):
        self.kept.append(ctypes.create_string_buffer(max(size, 1)))
        return ctypes.addressof(self.kept[-1])

    def suggest(self, host, suggestion):
        given = ctypes.cast(suggestion, ctypes.POINTER(Suggestion)).contents
        self.given.append((given.value.decode(), given.explanation.decode()))
        return 0

    def rules(self, rules):
        self.kept, self.failed = [], None
        self.values[b"rules"] = ctypes.create_string_buffer(json.dumps(rules).encode())
        return self.plugin.start(ctypes.addressof(self.host), ctypes.byref(self.state)) == 0

    def ask(self, subject, description):
        self.given = []
        ticket = Ticket(ctypes.sizeof(Ticket), 1, 0, 0, 0, 0, subject.encode(), description.encode(), b"api", None, None, b"{}", b"{}")
        self.plugin.categorise(ctypes.addressof(self.host), self.state, ctypes.byref(ticket))
        return self.given


# ---- the slow one ----

TWO = {"æ": "ae", "þ": "th", "ß": "ss", "ĳ": "ij", "œ": "oe", "ø": "o", "ð": "d", "đ": "d", "ħ": "h", "ı": "i", "ĸ": "k", "ŀ": "l", "ł": "l", "ŉ": "n", "ŋ": "n",
       "ŧ": "t", "ſ": "s", "й": "й", "ς": "σ", "µ": "μ", "ª": "a", "º": "o"}


def folded(text):
    """Words of a text: letters and digits, in lower case, without accents."""
    out = []
    for letter in text:
        if letter in "\u00ad\u200b\u200c\u200d\ufeff" or unicodedata.category(letter) == "Mn":
            continue
        small = letter.lower() if letter != "İ" else "i"
        if small in TWO:
            small = TWO[small]
        elif small not in "йї":
            small = "".join(x for x in unicodedata.normalize("NFD", small) if unicodedata.category(x) != "Mn")
        out.append(small if small.isalnum() and letter not in "²³¹¼½¾" else " ")
    return "".join(out).split()


def has(words, phrase):
    wanted, is_start = folded(phrase), phrase.endswith("*")
    for at in range(len(words) - len(wanted) + 1):
        here = words[at:at + len(wanted)]
        if here[:-1] == wanted[:-1] and (here[-1].startswith(wanted[-1]) if is_start else here[-1] == wanted[-1]):
            return True
    return False


def expected(rules, subject, description):
    """(value, explanation) of the first rule that applies."""
    in_subject, in_description = folded(subject), folded(description)
    for rule in rules:
        places = rule.get("in", "both")
        first = [w for w in rule["words"] if places != "description" and has(in_subject, w)]
        second = [w for w in rule["words"] if places != "subject" and has(in_description, w)]
        hit = first + second
        if not hit or any(places != "description" and has(in_subject, w) or places != "subject" and has(in_description, w) for w in rule.get("not", [])):
            continue
        second = [w for w in second if w not in first]
        why = "; ".join(", ".join(part) + where for part, where in ((first, " in the subject"), (second, " in the description")) if part)
        return [(str(rule["set"]["impact"]), f"{why} (rule {rule['name']})")]
    return []


# ---- chance ----

LETTERS = ["a", "b", "a", "b", "A", "é", "É", "ä", "ß", "ø", "Ł", "e\u0301", "œ", "1", "Ω", "ж", "Ж", "ö", "日"]
BETWEEN = [" ", " ", " ", "  ", "-", ", ", ".", "\n", "(", " – ", "×", "'", "_", "\u00ad", "\u200b", "…", "«"]


def word(chance):
    return "".join(chance.choice(LETTERS) for _ in range(chance.choice((1, 1, 2, 2, 3))))


def phrase(chance):
    text = " ".join(word(chance) for _ in range(chance.choice((1, 1, 1, 2, 3))))
    return text + "*" if chance.random() < 0.25 else text


def text(chance, longest):
    return "".join(word(chance) + chance.choice(BETWEEN) for _ in range(chance.randrange(longest)))


def some_rules(chance):
    rules = []
    for n in range(chance.randrange(1, 6)):
        words = list(dict.fromkeys(phrase(chance) for _ in range(chance.randrange(1, 5))))
        rule = {"name": f"r{n}", "words": words, "set": {"impact": chance.randrange(1, 4)}}
        if chance.random() < 0.3:
            rule["not"] = [phrase(chance)]
        if chance.random() < 0.3:
            rule["in"] = chance.choice(("subject", "description"))
        rules.append(rule)
    return rules


def compiled(folder):
    library = os.path.join(folder, "classify_rules.so")
    sources = [os.path.join(HERE, "..", f) for f in sorted(os.listdir(os.path.join(HERE, ".."))) if f.endswith(".c")]
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-D_GNU_SOURCE=", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-I", os.path.join(SRC, "include"),
                    "-o", library, *sources, "-ljansson"], check=True)
    return Plugin.in_dll(ctypes.CDLL(library), "ebb_plugin_v1")


def real_texts():
    """Ticket texts of another desk, where they lie beside the checkout: German, mojibake, up to 13,000 characters."""
    path = os.path.join(os.environ.get("EBB_SHARED") or os.path.join(SRC, "../shared"), "data/text/assignment_group_train.csv.xz")
    if not os.path.exists(path):
        return None
    with lzma.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in rows[0] if "escription" in name]
    return [[row[name].replace("\0", " ") for name in columns[:2]] for row in rows[::7]]


def compare_real(desk):
    """Rules made of the texts' own words, on the texts; how many were compared, and the first that differs."""
    texts, chance, hits = real_texts(), random.Random(SEED), 0
    if texts is None:
        return None, None
    pool = [word for pair in texts for word in " ".join(pair).split()]
    for at in range(0, len(texts), 50):
        rules = []
        while len(rules) < 20:
            some = [w for w in (chance.choice(pool) + chance.choice(("", "", "*")) for _ in range(5)) if folded(w) and "*" not in w[:-1] and len(w) < 90
                    and (not w.endswith("*") or w[-2].isalnum())]
            if some:
                rules.append({"name": f"r{len(rules)}", "words": list(dict.fromkeys(some)), "set": {"impact": 1}})
        if not desk.rules(rules):
            return hits, (rules, desk.failed)
        for subject, description in texts[at:at + 50]:
            got, wanted = desk.ask(subject, description)[:1], expected(rules, subject, description)
            if [g[1][:400] for g in got] != [w[1][:400] for w in wanted]:
                return hits, (rules, subject, description, got, wanted)
            hits += len(wanted)
    return hits, None


def main():
    chance, done, hits = random.Random(SEED), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(compiled(folder))
        while done < CASES:
            rules = some_rules(chance)
            if not desk.rules(rules):
                print(f"not ok 1 - rules are taken\n# {rules!r}: {desk.failed!r}\n1..1")
                sys.exit(1)
            for _ in range(10):
                subject, description = text(chance, 6), text(chance, 25)
                got, wanted = desk.ask(subject, description)[:1], expected(rules, subject, description)
                done, hits = done + 1, hits + len(wanted)
                if got != wanted:
                    print(f"not ok 1 - seed {SEED}, case {done}\n# rules {rules!r}\n# subject {subject!r} description {description!r}\n# got {got!r}\n# wanted {wanted!r}\n1..1")
                    sys.exit(1)
        found, fault = compare_real(desk)
    print(f"ok 1 - {done} random cases: the automaton finds what the slow search finds")
    print(f"{'ok' if CASES // 5 < hits < CASES * 9 // 10 else 'not ok'} 2 - {hits} of them with a match: neither all nor none")
    if found is None:
        print("ok 3 - real texts # SKIP there are none beside the checkout\n1..3")
    else:
        print(f"{'not ok' if fault or found < 100 else 'ok'} 3 - real texts, {found} with a match\n{f'# {fault!r}' if fault else '#'}\n1..3")


if __name__ == "__main__":
    main()

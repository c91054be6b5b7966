// SPDX-License-Identifier: Apache-2.0
// ebbctl audit, person-data and retention, as an operator uses them; and the chain computed by somebody else's code, from the export alone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startDatabase } from '../lib/desk.mjs';

let db;
const ctl = (...args) => db.ctl(args, { env: { PGUSER: 'ebb_ctl' } });
const said = (...args) => {
  const done = ctl(...args);
  assert.equal(done.status, 0, `ebbctl ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
};
const verify = (...args) => {
  const done = ctl('audit', 'verify', '--json', ...args);
  return { status: done.status, ...JSON.parse(done.stdout) };
};

// RFC 4180, as any reader of CSV does it.
function csv(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1).push(quoted !== undefined ? quoted.replaceAll('""', '"') : plain);
    if (end !== ',') rows.push([]);
  }
  rows.pop();
  const [head, ...body] = rows;
  return body.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i]])));
}

before(async () => {
  db = await startDatabase('audit_command');
  db.psql('postgres', `select set_config('ebb.token', encode(sha256(convert_to('ebb_' || rpad('ada', 43, '0'), 'UTF8')), 'hex'), false);
    select fn.audit_add(1, 'person.change', 'person', '107', '{"person_name": "Rae Requester"}', '{"person_name": "Rae Ürümqi, \\"R\\""}') from generate_series(1, 3);
    select fn.audit_add(1 + n % 3, '=thing', 'thing', E'+1\\n' || n, null, jsonb_build_object('n', n)) from generate_series(1, 1200) n`);
});
after(async () => { await db.stop(); });

test('the export has every entry, and whoever has it computes the chain themselves', () => {
  const entries = csv(said('audit', 'export'));
  assert.equal(entries.length, 1203);
  assert.deepEqual([entries[0].action, entries[0].actor_name, JSON.parse(entries[0].after_values).person_name], ['person.change', 'Ada Admin', 'Rae Ürümqi, "R"']);
  assert.equal(entries[3].action, "'=thing", 'a spreadsheet takes it for text');
  let hash = Buffer.alloc(32);
  for (const [i, entry] of entries.entries()) {
    assert.equal(entry.chain_no, String(i + 1));
    hash = createHash('sha256').update(hash).update(entry.hashed_text, 'utf8').digest();
    assert.equal(hash.toString('hex'), entry.row_hash);
  }
  const found = verify('--head', entries.at(-1).row_hash);
  assert.deepEqual([found.status, found.fault_count, found.entry_count], [0, 0, 1204], 'the export itself is an entry');
});

test('lists are filtered; a department nobody knows is said', () => {
  assert.equal(JSON.parse(said('audit', 'list', '--json', '--action', 'person')).entries.length, 3);
  assert.equal(JSON.parse(said('audit', 'list', '--json', '--department', 'hr', '--limit', '7')).entries.length, 7);
  assert.equal(JSON.parse(said('audit', 'list', '--json', '--actor', 'dana@test.example')).entries.length, 0);
  assert.match(said('audit', 'list', '--limit', '1'), /operator +export +operation audit_export/);
  assert.equal(ctl('audit', 'list', '--department', 'nowhere').status, 65);
  assert.equal(ctl('audit', 'verify', '--head', 'short').status, 64);
});

test('what was tampered with is named, and the exit code says so', () => {
  const { row_hash: head } = verify();
  const tamper = (sql, undo) => {
    db.psql('postgres', `set session_replication_role = replica; ${sql}`);
    const found = verify('--head', head);
    db.psql('postgres', `set session_replication_role = replica; ${undo}`);
    assert.equal(found.status, 65, sql);
    return found.faults.map((fault) => fault.sentence).join(' ');
  };
  assert.match(tamper("update ebb.audit set object_ref = 'x' where audit_id = 7", "update ebb.audit set object_ref = E'+1\\n4' where audit_id = 7"), /^Entry 7, link 7, is not what was written/);
  assert.match(tamper('create table keep as select * from ebb.audit where audit_id = 9; delete from ebb.audit where audit_id = 9', 'insert into ebb.audit overriding system value select * from keep; drop table keep'),
    /^Entry 9, link 9, has been removed\.$/);
  assert.match(tamper("update ebb.audit_kept set kept_text = 'Somebody' where audit_kept_id = 1", "update ebb.audit_kept set kept_text = 'Rae Requester' where audit_kept_id = 1"), /^The text 1 of entry 1 is not what was written\.$/);
  // The end cut off, head and all: only the head noted before knows.
  assert.match(tamper(`create table keep as select * from ebb.audit_link where chain_no > 1200; create table more as select * from ebb.audit where audit_id in (select audit_id from keep);
      delete from ebb.audit where audit_id in (select audit_id from keep); delete from ebb.audit_link where chain_no > 1200;
      update ebb.audit_head set chain_no = 1200, row_hash = (select row_hash from ebb.audit_link where chain_no = 1200)`,
  `insert into ebb.audit overriding system value select * from more; insert into ebb.audit_link select * from keep; drop table keep, more;
      update ebb.audit_head set (chain_no, row_hash) = (select chain_no, row_hash from ebb.audit_link order by chain_no desc limit 1)`), /^The chain does not pass through the noted head/);
  assert.equal(verify('--head', head).fault_count, 0);
});

test('a person is given out whole and erased only when that is meant', () => {
  const data = JSON.parse(said('person-data', 'export', 'rae@test.example'));
  assert.deepEqual([data.is_whole, data.person.email, data.kept.tokens.length], [true, 'rae@test.example', 1]);
  assert.equal(ctl('person-data', 'export', 'nobody@test.example').status, 65);
  const asked = ctl('person-data', 'erase', '107', '--reason', 'by letter');
  assert.equal(asked.status, 64);
  assert.match(asked.stderr, /Nothing was erased.*--yes/);
  assert.match(said('person-data', 'erase', '107', '--reason', 'by letter', '--dry-run'), /^Would erase person 107/);
  assert.equal(JSON.parse(said('person-data', 'export', '107')).person.email, 'rae@test.example');
  assert.equal(ctl('person-data', 'erase', '105', '--reason', 'by letter', '--yes').status, 65, 'who answers for services stays');
  assert.match(said('person-data', 'erase', 'rae@test.example', '--reason', 'by letter', '--yes'), /^Erased person 107/);
  assert.equal(JSON.parse(said('person-data', 'export', '107')).person.person_name, 'Erased person 107');
  assert.doesNotMatch(said('audit', 'export'), /Rae/);
  assert.equal(verify().fault_count, 0);
});

test('rules of keeping: rehearsed, set, rested, run', () => {
  assert.match(said('retention', 'set', 'token', '30', '--department', 'it', '--dry-run'), /^Would hold: token of it, 30 days; due now: 2\./);
  assert.equal(JSON.parse(said('retention', 'list', '--json', '--department', 'it')).rules.filter((rule) => rule.keep_days).length, 0);
  assert.equal(ctl('retention', 'set', 'ticket_text', '3', '--department', 'it').status, 65);
  assert.equal(ctl('retention', 'set', 'audit', '300', '--department', 'it').status, 65);
  assert.equal(ctl('retention', 'set', 'token', '--department', 'it').status, 64);
  said('retention', 'set', 'token', '30', '--department', 'it');
  said('retention', 'set', 'token', '--off', '--department', 'it');
  assert.equal(said('retention', 'run'), 'Gone: 0\n');
  said('retention', 'set', 'token', '--on', '--department', 'it');
  assert.equal(said('retention', 'run', '--dry-run'), 'Due: 2\n');
  assert.equal(said('retention', 'run'), 'Gone: 2\n');
  assert.match(said('retention', 'list', '--department', 'it'), /it +token +30 +0 +2 /);
});

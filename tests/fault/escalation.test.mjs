// SPDX-License-Identifier: Apache-2.0
// Escalation on a running desk: each step fires soon after its instant, exactly once, also with the clocks of two hosts on one
// database and with the one that leads killed again and again. How soon is measured and told.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Desk, asShell, until } from './kit.mjs';

const steps = [{ offset_s: -3, recipient: 'lead' }, { offset_s: -1, recipient: 'accountable' }, { offset_s: 1, recipient: 'role', role_code: 'lead' }, { offset_s: 3, recipient: 'lead' }];
const tickets = 12;
let desk;

// Server room (service 53) works around the clock: there, four steps within seven seconds of the opening.
before(async () => {
  desk = await Desk.start({ workers: 2, session_workers: 1 });
  const change = await desk.request('PATCH', '/api/v1/sla/policies/92', { as: 'ada', headers: { 'if-match': '"1"' },
    body: { targets: [{ target_kind: 'resolve', target_s: 4 }], escalations: steps.map((step) => ({ target_code: 'resolve', urgent_priority: 4, ...step })) } });
  assert.equal(change.status, 200, change.text);
});
after(async () => { await desk?.stop(); });

// Process ids of the clock that leads, of whichever host.
const leader = () => Number(desk.ask(`select split_part(a.application_name, ' ', 3) from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.classid = 7304 and l.objid = 2 and l.granted and l.database = (select oid from pg_database where datname = current_database())`));

async function openTickets() {
  const ids = [];
  for (let i = 0; i < tickets; i++) {
    const reply = await desk.post('/api/v1/tickets', { subject: `Step by step ${i}`, service_id: 53 }, { as: 'rae' });
    assert.equal(reply.status, 201, reply.text);
    ids.push(reply.json.ticket_id);
  }
  return ids;
}

const fired = (ids) => Number(desk.ask(`select count(*) from ebb.escalation e where e.ticket_id = any ('{${ids}}')`));

// What must hold when all is over; returns the delays.
function examine(ids) {
  const list = `'{${ids}}'`;
  assert.equal(desk.ask(`select count(*) from (select e.ticket_id, e.offset_s from ebb.escalation e where e.ticket_id = any (${list}) group by 1, 2 having count(*) <> 1) x`), '0', 'no step fired twice');
  assert.equal(Number(desk.ask(`select count(*) from ebb.ticket_event v where v.ticket_id = any (${list}) and v.event_kind = 'escalated'`)), tickets * steps.length, 'each stands once in the journal');
  assert.equal(desk.ask(`select count(*) from ebb.outbox o where o.topic = 'escalation' and (o.payload ->> 'ticket_id')::bigint = any (${list})`),
    desk.ask(`select sum(cardinality(e.told_person_ids)) from ebb.escalation e where e.ticket_id = any (${list})`), 'each recipient is told once');
  assert.equal(desk.ask(`select count(*) from ebb.ticket_event v where v.ticket_id = any (${list}) and v.event_kind = 'breached'`), String(tickets), 'and each breach is noted once');
  assert.equal(desk.ask(`select count(*) from ctl.sla_audit(${list})`), '0');
  return JSON.parse(desk.ask(`select json_build_object('least', min(x.delay_seconds), 'median', percentile_cont(0.5) within group (order by x.delay_seconds), 'most', max(x.delay_seconds))
    from reporting_v1.escalations x where x.ticket_id = any (${list})`));
}

test('each step fires soon after its instant, once', async (t) => {
  const ids = await openTickets();
  await until('all steps', () => fired(ids) === tickets * steps.length, 60000);
  const delay = examine(ids);
  t.diagnostic(`seconds between instant and firing, ${tickets * steps.length} steps: median ${delay.median}, most ${delay.most}`);
  assert.ok(delay.least >= 0, 'none before its time');
  assert.ok(delay.most < 10, `${delay.most} s late`);
});

test('two hosts on one database, the leading clock killed again and again: still once', async (t) => {
  const other = `${desk.home}/other.conf`;
  const own = fs.readFileSync(desk.conf, 'utf8').split('\n').filter((line) => !/^(listen|listen_session|pid_file|log_file) /.test(line));
  const named = ['listen = "run/other.sock"', 'listen_session = "run/other_session.sock"', 'pid_file = "run/other.pid"', 'log_file = "log/other.log"'];
  fs.writeFileSync(other, [...own, ...named.map((line) => line.replace('"', `"${desk.home}/`))].join('\n'));
  const started = await asShell('as_owner "$1/bin/ebbd" --config "$2" </dev/null >/dev/null 2>"$1/log/other.err"', desk.home, other);
  assert.equal(started.code, 0, started.stderr);
  const master = Number(fs.readFileSync(`${desk.home}/run/other.pid`, 'utf8'));
  const clocks = () => [...desk.processes(), ...desk.processes(master)].filter((p) => p.name === 'ebbd-clock').map((p) => p.pid);
  try {
    await until('two clocks', () => clocks().length === 2);
    const ids = await openTickets();
    const leaders = new Set();
    for (let kill = 1; kill <= 4; kill++) {
      await until(`steps before kill ${kill}`, () => fired(ids) >= (kill * tickets * steps.length) / 6, 60000);
      const victim = await until('a leader', () => clocks().includes(leader()) && leader());
      leaders.add(victim);
      process.kill(victim, 'SIGKILL');
      await until('another leader', () => clocks().includes(leader()) && leader() !== victim, 30000);
    }
    await until('all steps', () => fired(ids) === tickets * steps.length, 60000);
    const delay = examine(ids);
    t.diagnostic(`with ${leaders.size} leaders killed: median ${delay.median}, most ${delay.most}`);
    assert.ok(delay.most < 20, `${delay.most} s late`);
  } finally {
    process.kill(master, 'SIGTERM');
    await until('the other host is gone', () => !fs.existsSync(`/proc/${master}`) || desk.processes(master).length === 0, 30000);
  }
});

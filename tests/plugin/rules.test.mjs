// SPDX-License-Identifier: Apache-2.0
// The three plugins that come along, on a desk: installed by the operator, configured by a department over the API, seen on a ticket,
// in a report. What each of them decides in detail stands in plugins/<name>/tests.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, startDesk, tree, until } from '../lib/desk.mjs';

let desk;
const plugins = {};
const names = ['classify_rules', 'automate_rules', 'report_digest'];


const place = (name) => `/api/v1/plugins/${plugins[name]}/departments/1`;

async function configure(name, body, as = 'ada') {
  const have = await desk.call('GET', place(name), { as });
  assert.equal(have.status, 200, have.text);
  return desk.call('PATCH', place(name), { as, body, headers: { 'if-match': have.headers.get('etag'), 'content-type': 'application/merge-patch+json' } });
}

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ebb-rules-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'plugins'), { mode: 0o755 });
  desk = await startDesk({ conf: { plugin_dir: join(folder, 'plugins') } });
  for (const name of names) {
    const args = ['plugin', 'install', join(build, `plugins/${name}.so`), '--sql', join(tree, `plugins/${name}/sql`)];
    const done = desk.ctl(args, { env: { PGUSER: 'postgres', EBB_SQL: join(tree, 'sql') } });
    assert.equal(done.status, 0, `${name}: ${done.stderr}`);
  }
  const list = await desk.call('GET', '/api/v1/plugins', { as: 'ada' });
  for (const plugin of list.body.items) plugins[plugin.plugin_name] = plugin.plugin_id;
});
after(async () => { await desk?.stop(); });

const rules = {
  classify_rules: [{ name: 'vpn', words: ['vpn', 'anyconnect'], set: { service: 'Remote access', impact: 2, urgency: 1 }, confidence: 0.9 }],
  automate_rules: [
    { name: 'asked', when: 'ticket.waiting', if: '$.facts.waiting_reason == "requester"', then: [{ action: 'note', args: { text: 'Ask again on Friday.' } }] },
    { name: 'raise', when: 'ticket.opened', if: '$.facts.urgency == 1 && $.facts.impact > 1', then: [{ action: 'set', args: { impact: 1 } }], why: 'Urgent is never a small matter here.' },
    { name: 'then', when: 'ticket.opened', if: '$.facts.impact == 1', then: [{ action: 'notify', args: { to: 'lead', text: 'Look at this one.' } }] },
  ],
};

test('a rule that cannot be is refused, with its place', async () => {
  const bad = structuredClone(rules.automate_rules);
  bad[0].if = '$.facts.waiting_reason = "requester"';
  bad[1].then[0].args.impact = 9;
  const refused = await configure('automate_rules', { config: { rules: bad } });
  assert.equal(refused.status, 422, refused.text);
  assert.deepEqual(refused.body.errors.map((error) => error.pointer), ['/config/rules/0/if', '/config/rules/1/then/0/args/impact']);
  assert.match(refused.body.errors[0].detail, /at character 24, at `= "requester"`/);
  const words = await configure('classify_rules', { config: { rules: [{ name: 'x', words: ['v*pn'], set: { impact: 1 } }] } });
  assert.equal(words.status, 422, words.text);
  assert.match(words.text, /rules\/0\/words\/0/);
  const service = await configure('classify_rules', { config: { rules: [{ name: 'x', words: ['vpn'], set: { service: 'Warp drive' } }] } });
  assert.equal(service.status, 422, service.text);
  assert.match(service.text, /no active service .{0,3}Warp drive/);
});

test('a department takes the rules into use', async () => {
  for (const name of ['classify_rules', 'automate_rules']) {
    const done = await configure(name, { is_enabled: true, mode: 'act', config: { rules: rules[name] } });
    assert.equal(done.status, 200, done.text);
  }
  const done = await configure('report_digest', { is_enabled: true });
  assert.equal(done.status, 200, done.text);
});

let ticket;
const automation = async () => (await desk.call('GET', `/api/v1/tickets/${ticket}/automation`, { as: 'dana' })).body.items;

test('a ticket without a service is classified, and the words are the explanation', async () => {
  // The worker learns of the new plugins by a notification: until then a ticket is opened without advice.
  const opened = await until(async () => {
    const one = await desk.call('POST', '/api/v1/tickets', { as: 'dana', body: { subject: 'VPN drops', description: 'AnyConnect says nothing.' } });
    return one.status === 201 && one.body.service_id === 52 ? one : null;
  }, { seconds: 20, what: 'a classified ticket' });
  ticket = opened.body.ticket_id;
  assert.equal(opened.body.urgency, 1);
  const runs = JSON.stringify(await automation());
  assert.match(runs, /vpn in the subject; anyconnect in the description \(rule vpn\)/);
});

test('rules fire in rounds, each with what it looked at', async () => {
  const facts = await until(async () => {
    const now = await desk.call('GET', `/api/v1/tickets/${ticket}`, { as: 'dana' });
    return now.body.impact === 1 ? now.body : null;
  }, { seconds: 20, what: 'the rule' });
  assert.equal(facts.impact, 1);
  const runs = JSON.stringify(await automation());
  assert.match(runs, /Urgent is never a small matter here/);
  assert.match(runs, /Rule then at ticket.opened: impact is 1\./);
});

test('a ticket that waits gets its note', async () => {
  const read = await desk.call('GET', `/api/v1/tickets/${ticket}`, { as: 'dana' });
  const waits = await desk.call('POST', `/api/v1/tickets/${ticket}/wait`, {
    as: 'dana', headers: { 'if-match': read.headers.get('etag') },
    body: { waiting_reason: 'requester', waiting_until: new Date(Date.now() + 86400e3).toISOString() },
  });
  assert.ok(waits.status < 300, waits.text);
  await until(async () => (await desk.call('GET', `/api/v1/tickets/${ticket}/comments`, { as: 'dana' })).text.includes('Ask again on Friday.'), { seconds: 20, what: 'the note' });
});

test('the digest of a week is a document in each form', async () => {
  const reports = await desk.call('GET', '/api/v1/reports', { as: 'lee' });
  const report = reports.body.items.find((one) => one.report_name === 'weekly');
  assert.ok(report, reports.text);
  const ask = (more, as = 'lee') => desk.call('GET', `/api/v1/reports/${report.report_id}?department_id=1&${more}`, { as });
  const week = desk.value('postgres', `select to_char(now() at time zone 'UTC', 'IYYY"-W"IW')`);
  const json = await until(async () => { const one = await ask(`team_id=12&week=${week}&format=json`); return one.status === 200 ? one : null; }, { seconds: 20, what: 'a digest' });
  assert.equal(json.body.team_name, 'Network');
  const open = desk.value('bi_it', 'select count(*) from reporting_v1.backlog_now where team_id = 12');
  assert.equal(String(json.body.figures.find((one) => one.measure === 'open_at_end').this_week), open);
  assert.ok(json.body.oldest.some((one) => one.ticket_id === ticket));
  const html = await ask(`team_id=12&week=${week}`);
  assert.match(html.headers.get('content-type'), /text\/html/);
  assert.match(html.text, /<caption>Oldest open tickets/);
  const csv = await ask(`team_id=12&week=${week}&format=csv`);
  assert.match(csv.text, /^team,week,section,item/);
  const refused = await ask('team_id=99&format=json');
  assert.equal(refused.status, 422, refused.text);
  assert.match(refused.text, /There is no team 99/);
});

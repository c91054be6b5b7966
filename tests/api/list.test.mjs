// SPDX-License-Identifier: Apache-2.0
// Lists: keyset pages with an explicit end, filters, orders, search, CSV; never a silent cut, never a foreign row.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
const ids = [];
before(async () => {
  desk = await startDesk();
  for (let n = 1; n <= 25; n++) {
    const { body } = await desk.call('POST', '/api/v1/tickets', { as: 'rae', body: { subject: n % 5 ? `Printer ${n}` : `Mouse, "${n}"`, service_id: n % 2 ? 51 : 52, impact: 1 + (n % 3) } });
    ids.push(body.ticket_id);
  }
  await desk.call('POST', '/api/v1/tickets', { as: 'rob', body: { subject: 'Printer of HR', service_id: 54 } });
  await desk.call('POST', `/api/v1/tickets/${ids[0]}/take`, { as: 'dana', body: {} });
  await desk.call('POST', `/api/v1/tickets/${ids[0]}/resolve`, { as: 'dana', body: { resolution: 'x' } });
});
after(() => desk?.stop());
const list = (query, as = 'dana', headers = {}) => desk.call('GET', `/api/v1/tickets?${query}`, { as, headers });

async function pages(query, as) {
  const seen = [];
  let cursor = null;
  do {
    const reply = await list(`${query}&limit=4${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`, as);
    assert.equal(reply.status, 200, reply.text);
    assert.ok(reply.body.items.length <= 4);
    cursor = reply.body.next_cursor;
    assert.equal(/rel="next"/.test(reply.headers.get('link') ?? ''), cursor !== null, 'Link says the same as next_cursor');
    seen.push(...reply.body.items);
  } while (cursor !== null);
  return seen;
}

for (const sort of ['-opened_at', 'opened_at', '-last_event_at'])
  test(`pages in the order ${sort} show each ticket once`, async () => {
    const got = (await pages(`sort=${sort}`)).map((t) => t.ticket_id);
    assert.deepEqual([...got].sort((a, b) => a - b), ids);
    if (sort !== '-last_event_at') assert.deepEqual(got, sort === 'opened_at' ? ids : [...ids].reverse());
  });

test('the order of due times lists open tickets, next due first, for a team and for all', async () => {
  for (const query of ['sort=due_at&state=open', 'sort=due_at&state=open&team_id=11', 'sort=due_at']) {
    const got = await pages(query);
    assert.ok(got.length > 5);
    assert.ok(got.every((t) => t.is_open));
    for (let n = 1; n < got.length; n++) assert.ok(got[n].due_at === null || got[n - 1].due_at <= got[n].due_at, query);
  }
  assert.equal((await list('sort=due_at&state=closed')).status, 422);
});

test('filters count what they name', async () => {
  assert.equal((await pages('state=open')).length, 24);
  assert.equal((await pages('state=resolved')).length, 1);
  assert.equal((await pages('state=new,resolved')).length, 25);
  assert.equal((await pages('service_id=51')).length, 13);
  assert.equal((await pages('team_id=12')).length, 12);
  assert.equal((await pages('assignee_id=101')).length, 1);
  assert.equal((await pages('unassigned=true&state=open')).length, 24);
  assert.equal((await pages('requester_id=107&service_id=52')).length, 12);
  assert.equal((await pages('department_id=2')).length, 0);
});

test('search finds words and references, and no ticket of another department', async () => {
  assert.equal((await pages('q=printer')).length, 20);
  assert.equal((await pages('q=mouse%2010')).length, 1);
  assert.deepEqual((await pages(`q=EBB-${ids[3]}`)).map((t) => t.ticket_id), [ids[3]]);
  assert.equal((await pages('q=HR')).length, 0);
});

test('a requester lists their own tickets and nobody else\'s', async () => {
  assert.equal((await pages('', 'rob')).length, 1);
  assert.equal((await pages('', 'rae')).length, 25);
  assert.equal((await pages('', 'gil')).length, 25, 'an agent of the department sees them all');
  assert.equal((await pages('', 'fay')).length, 0);
});

test('the administrator of several departments sees one list', async () => {
  assert.equal((await pages('', 'ada')).length, 26);
});

test('a list is CSV for who asks for it, RFC 4180 and safe for spreadsheets', async () => {
  await desk.call('POST', '/api/v1/tickets', { as: 'fay', body: { subject: '=1+1', service_id: 55 } }).catch(() => {});
  const reply = await list('limit=200', 'dana', { accept: 'text/csv' });
  assert.match(reply.headers.get('content-type'), /^text\/csv/);
  const lines = reply.text.split('\r\n').filter(Boolean);
  assert.match(lines[0], /^ticket_id,ticket_ref,/);
  assert.equal(lines.length, 26);
  assert.ok(lines.some((line) => line.includes('"Mouse, ""10"""')));
});

test('what a list does not know it refuses', async () => {
  assert.equal((await list('colour=red')).status, 400);
  assert.equal((await list('limit=0')).status, 400);
  assert.equal((await list('limit=201')).status, 400);
  assert.equal((await list('cursor=abc')).status, 400);
  assert.equal((await list('state=asleep')).status, 400);
  assert.equal((await list('team_id=one')).status, 400);
});

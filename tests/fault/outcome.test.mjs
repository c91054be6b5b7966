// SPDX-License-Identifier: Apache-2.0
// What the database says at the very end of a transaction decides: success is believed only when the COMMIT came
// without a warning, and a constraint that fails there leaves no answer of success. One function of the api is
// replaced in this desk's own database to make each ending happen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
let ticket;
before(async () => {
  desk = await startDesk({ conf: { workers: 1, request_deadline_ms: 1500, statement_timeout_ms: 1000 } });
  ticket = (await desk.call('POST', '/api/v1/tickets', { as: 'dana', body: { subject: 'ending', service_id: 51 } })).body.ticket_id;
  desk.psql('postgres', `create table public.parent (id int primary key);
    create table public.child (id int constraint child_parent references public.parent (id) deferrable initially deferred);`);
});
after(async () => { await desk?.stop(); });

function ending(body) {
  desk.psql('postgres', `create or replace function api.ticket_take(p_args json) returns json language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$ begin ${body} return '{"version": 1}'; end $$;
    alter function api.ticket_take(json) owner to postgres`);
}

const take = () => desk.call('POST', `/api/v1/tickets/${ticket}/take`, { as: 'dana' });

test('a constraint that fails at the COMMIT is no success', async () => {
  ending('insert into public.child values (1);');
  const reply = await take();
  assert.equal(reply.status, 500, reply.text);
  assert.doesNotMatch(reply.text, /child|foreign key/);
  assert.equal(desk.value('postgres', 'select count(*) from public.child'), '0');
  assert.ok(JSON.stringify(desk.log()).includes('child_parent'), 'the log names the constraint');
});

test('a COMMIT that warns is answered 503 with Retry-After and an unknown outcome', async () => {
  ending(`raise warning using errcode = '57014', message = 'canceling wait for synchronous replication due to user request';`);
  const reply = await take();
  assert.equal(reply.status, 503, reply.text);
  assert.match(reply.body.type, /unknown-outcome/);
  assert.ok(Number(reply.headers.get('retry-after')) > 0);
});

test('a plain warning changes nothing', async () => {
  ending(`raise warning 'just so';`);
  assert.equal((await take()).status, 200);
});

test('a change that the deadline cuts off is an unknown outcome, a read is a timeout, and the next request is served', async () => {
  ending('set local statement_timeout = 0; perform pg_sleep(60);');
  const reply = await take();
  assert.equal(reply.status, 503, reply.text);
  assert.match(reply.body.type, /unknown-outcome|timeout/);
  assert.equal((await desk.call('GET', `/api/v1/tickets/${ticket}`, { as: 'dana' })).status, 200);
  assert.equal(desk.value('postgres', `select count(*) from pg_stat_activity where datname = current_database() and query like '%ticket_take%' and state = 'active' and pid <> pg_backend_pid()`), '0');
});

test('a worker whose statements went stale prepares them anew, and nobody notices', async () => {
  const read = () => desk.call('GET', '/api/v1/departments', { as: 'dana' });
  const before = await read();
  assert.equal(before.status, 200);
  desk.psql('postgres', `alter function api.department_list(json) rename to department_list_before;
    create function api.department_list(p_args json) returns table (department_id int, extra text, _cursor text)
    language sql as $$ select 1, 'x'::text, '1'::text $$;
    grant execute on function api.department_list(json) to ebb_app`);
  const reply = await read();
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(reply.body.items, [{ department_id: 1, extra: 'x' }]);
});

-- SPDX-License-Identifier: Apache-2.0
-- My API tokens: list, make, revoke.

drop view if exists api.token;
create view api.token as
select x.token_id, x.token_name, to_json(x.scopes) as scopes, to_json(x.department_ids) as department_ids, x.created_at, x.expires_at, x.last_used_at, x.is_presented, null::text as token
  from fn.own_tokens('api') x;
comment on view api.token is 'An API token of the signed-in person.';
comment on column api.token.token_id is 'Number by which it is revoked.';
comment on column api.token.token_name is 'What it is for; example: nightly export.';
comment on column api.token.scopes is 'What it may do besides reading, out of write, configure and audit; null: whatever its person may.';
comment on column api.token.department_ids is 'Departments in which it may; null: all of its person''s.';
comment on column api.token.created_at is 'When it was made.';
comment on column api.token.expires_at is 'From when it is refused.';
comment on column api.token.last_used_at is 'Last use, noted at most once a minute; null: never.';
comment on column api.token.is_presented is 'True for the token that asks.';
comment on column api.token.token is 'The token itself, in the answer to its making and never again.';

create or replace function api.token_list(p_args json)
returns table (token_id int, token_name text, scopes json, department_ids json, created_at timestamptz, expires_at timestamptz, last_used_at timestamptz, is_presented boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    return query
        select v.token_id, v.token_name, v.scopes, v.department_ids, v.created_at, v.expires_at, v.last_used_at, v.is_presented, v.token_id::text from api.token v
         where v.token_id < coalesce(fn.cursor_int(p_args), 2147483648)
         order by v.token_id desc limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.token_list(json) is 'My API tokens that are still good, the latest first.';
grant execute on function api.token_list(json) to ebb_app;

create or replace function api.token_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_token_id int;
begin
    perform fn.must('any');
    v_token_id := fn.token_create(p_args);
    return (select row_to_json(x) from (
        select v.token_id, v.token_name, v.scopes, v.department_ids, v.created_at, v.expires_at, v.last_used_at, v.is_presented from api.token v where v.token_id = v_token_id) x);
end $$;
comment on function api.token_create(json) is 'Makes an API token of mine, with my rights or fewer. Its text is in this answer and nowhere else: an answer repeated under an Idempotency-Key has it no more.';
grant execute on function api.token_create(json) to ebb_app;

create or replace function api.token_revoke(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.token_end((p_args ->> 'token_id')::int, 'api');
    return json_build_object();
end $$;
comment on function api.token_revoke(json) is 'Revokes one of my API tokens; at once, on every path.';
grant execute on function api.token_revoke(json) to ebb_app;

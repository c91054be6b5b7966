-- SPDX-License-Identifier: Apache-2.0
-- What is kept about a person, given out and erased.

drop view if exists api.person_data;
create view api.person_data as
select p.version, p.person_id, null::timestamptz as made_at, null::boolean as is_whole, null::json as person, null::json as kept from ebb.person p where false;
comment on view api.person_data is 'All that is kept about a person.';
comment on column api.person_data.made_at is 'When it was put together.';
comment on column api.person_data.is_whole is 'False when somebody else asks: then what other departments hold and confidential tickets are left out, whether there are any or not. The person, and the operator at the host, get all.';
comment on column api.person_data.person is 'The person''s own row.';
comment on column api.person_data.kept is 'By place, such as tickets_asked_for, comments or tokens: the rows there that name the person.';
do $$ begin perform fn.copy_comments('api.person_data', '{ebb.person}'); end $$;

drop view if exists api.erasure;
create view api.erasure as
select null::int as version, e.erasure_id, e.erasure_kind, e.department_id, e.person_id, e.erased_by, e.erased_at, e.counts from ebb.erasure e where false;
comment on view api.erasure is 'What was erased for good.';
comment on column api.erasure.version is 'The person''s version after it.';
do $$ begin perform fn.copy_comments('api.erasure', '{ebb.erasure}'); end $$;

create or replace function api.person_export(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := (p_args ->> 'person_id')::int;
begin
    perform fn.must('any');
    if not exists (select from ebb.person p where p.person_id = v_person_id) then
        perform fn.fail(404, '/person_id', 'There is no such person, or you may not see it.');
    end if;
    return fn.headed(fn.person_export(v_person_id), 'version', 'person_id');
end $$;
comment on function api.person_export(json) is 'All that is kept about a person: for the person, and for those with the right privacy.manage in the person''s department. An export, so it stands in the audit.';
grant execute on function api.person_export(json) to ebb_app;

create or replace function api.person_erase(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := (p_args ->> 'person_id')::int;
    v_department_id int;
begin
    perform fn.must('privacy.manage');
    select p.department_id into v_department_id from ebb.person p where p.person_id = v_person_id;
    if not found then
        perform fn.fail(404, '/person_id', 'There is no such person, or you may not see it.');
    end if;
    perform fn.must('privacy.manage', v_department_id);
    return fn.headed(fn.person_erase(v_person_id, (p_args ->> 'if_match')::int, fn.want_text(p_args, 'reason')), 'version', 'person_id');
end $$;
comment on function api.person_erase(json) is 'Erases a person for good, by those with the right privacy.manage in the person''s department: all that names them, and every text they wrote or asked for. Times, counts and responsibilities stay under a number. Refused while the person holds or waits for work.';
grant execute on function api.person_erase(json) to ebb_app;

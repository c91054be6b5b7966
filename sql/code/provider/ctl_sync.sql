-- SPDX-License-Identifier: Apache-2.0
-- Doors of ebbctl provider link and sync.

create or replace function ctl.provider_link(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_provider constant ebb.provider := fn.provider_named(p ->> 'provider_code');
    v_person ebb.person;
begin
    select * into v_person from ebb.person x where x.email = lower(p ->> 'email');
    if not found then
        perform fn.fail(422, '/email', format('Nobody has the address %s.', p ->> 'email'));
    elsif p ->> 'subject' is null then
        delete from ebb.identity i where i.provider_id = v_provider.provider_id and i.person_id = v_person.person_id;
        perform fn.identity_groups(v_provider, v_person.person_id, '{}');
        perform fn.sessions_end(v_person.person_id, '{session}');
        perform fn.audit_add(v_person.department_id, 'identity.unbind', 'person', v_person.person_id::text, jsonb_build_object('provider_code', v_provider.provider_code), null);
    elsif exists (select from ebb.identity i where i.provider_id = v_provider.provider_id and (i.person_id = v_person.person_id or i.subject = p ->> 'subject')) then
        perform fn.fail(409, '/subject', 'The person has an account at this provider already, or the account is somebody else''s.', 'Unlink it first.');
    else
        perform fn.identity_bind(v_provider.provider_id, v_person.person_id, p ->> 'subject');
    end if;
    return json_build_object('person_id', v_person.person_id, 'person_name', v_person.person_name);
end $$;
comment on function ctl.provider_link(json) is 'Binds an account to a person by hand {provider_code, email, subject}, or ends the binding (without subject): then the person''s sessions end and what the provider''s groups gave is gone.';
grant execute on function ctl.provider_link(json) to ebb_ctl;

create or replace function ctl.provider_sync(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_provider constant ebb.provider := fn.provider_named(p ->> 'provider_code');
    v_is_dry constant boolean := coalesce((p ->> 'is_dry_run')::boolean, false);
    v_items jsonb := '[]'::jsonb;
    v_done jsonb;
    v_facts jsonb;
begin
    for v_facts in select x.value::jsonb from json_array_elements(p -> 'people') x loop
        -- One that cannot be taken over does not keep the others; and what a dry run has done is undone with its block.
        begin
            v_done := fn.provider_sync_one(v_provider, v_facts);
            if v_is_dry then
                raise exception using errcode = 'ZE200';
            end if;
        exception
            when sqlstate 'ZE200' then null;
            when integrity_constraint_violation or data_exception or sqlstate 'ZE409' or sqlstate 'ZE422' then v_done := jsonb_build_object('outcome', 'skipped', 'reason', sqlerrm);
        end;
        v_items := v_items || (v_done || jsonb_build_object('subject', v_facts -> 'subject', 'name', v_facts -> 'name', 'email', v_facts -> 'email'));
    end loop;
    return v_items::json;
end $$;
comment on function ctl.provider_sync(json) is 'Brings people of a directory up to date {provider_code, people: [{subject, name, email, groups}], is_dry_run?}; returns what became of each, or would.';
grant execute on function ctl.provider_sync(json) to ebb_ctl;

create or replace function ctl.provider_gone(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_provider constant ebb.provider := fn.provider_named(p ->> 'provider_code');
    v_is_dry constant boolean := coalesce((p ->> 'is_dry_run')::boolean, false);
    v_items jsonb := '[]'::jsonb;
    v_one record;
begin
    for v_one in select x.person_id, x.person_name, x.is_active from ebb.identity i join ebb.person x on x.person_id = i.person_id
                  where i.provider_id = v_provider.provider_id and not exists (select from json_array_elements_text(p -> 'subjects') s (subject) where s.subject = i.subject)
                  order by x.person_id loop
        if not v_is_dry then
            perform fn.identity_groups(v_provider, v_one.person_id, '{}');
        end if;
        if (p ->> 'is_disabling')::boolean and v_one.is_active and not v_is_dry then
            begin
                update ebb.person x set is_active = false where x.person_id = v_one.person_id;
                perform fn.audit_add((select x.department_id from ebb.person x where x.person_id = v_one.person_id), 'person.change', 'person', v_one.person_id::text,
                                     '{"is_active": true}', jsonb_build_object('is_active', false, 'provider_code', v_provider.provider_code));
            exception when sqlstate 'ZE409' then
                v_items := v_items || jsonb_build_object('person_name', v_one.person_name, 'outcome', 'kept', 'reason', sqlerrm);
                continue;
            end;
        end if;
        v_items := v_items || jsonb_build_object('person_name', v_one.person_name, 'outcome', case when v_one.is_active and (p ->> 'is_disabling')::boolean then 'disabled' else 'gone' end);
    end loop;
    return v_items::json;
end $$;
comment on function ctl.provider_gone(json) is 'What becomes of people whom the directory no longer has {provider_code, subjects: all it has, is_disabling, is_dry_run}: what its groups gave goes, and with is_disabling they are disabled, save the last administrator of a department.';
grant execute on function ctl.provider_gone(json) to ebb_ctl;

create or replace function ctl.provider_apply(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_args constant json := (p::jsonb - '{action,is_dry_run}'::text[])::json;
    v_reply json;
begin
    begin
        v_reply := case p ->> 'action' when 'create' then ctl.provider_create(v_args) when 'change' then ctl.provider_change(v_args) when 'remove' then ctl.provider_remove(v_args)
                                       when 'group' then ctl.provider_group(v_args) when 'link' then ctl.provider_link(v_args) end;
        if coalesce((p ->> 'is_dry_run')::boolean, false) then
            raise exception using errcode = 'ZE200';
        end if;
    exception when sqlstate 'ZE200' then null;
    end;
    return v_reply;
end $$;
comment on function ctl.provider_apply(json) is 'Does {action: create, change, remove, group or link} as the function of that name, and returns what it does. With is_dry_run everything is done and undone.';
grant execute on function ctl.provider_apply(json) to ebb_ctl;

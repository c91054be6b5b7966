-- SPDX-License-Identifier: Apache-2.0
-- Roles: nobody grants what they do not hold, and a department keeps an administrator, the desk an operator.

create or replace function fn.department_has_admin(p_department_id int, p_besides int default null) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.person_role r join ebb.person p on p.person_id = r.person_id and p.is_active
                    where r.department_id = p_department_id and r.role_code = 'admin' and r.person_id is distinct from p_besides);
end $$;
comment on function fn.department_has_admin(int, int) is 'True when a department has an active administrator, besides the person named.';

create or replace function fn.last_admin_stays(p_person_id int, p_department_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Two at a time would each count the other.
    perform from ebb.department d where d.department_id = p_department_id for no key update;
    if exists (select from ebb.department d where d.department_id = p_department_id and d.is_active) and not fn.department_has_admin(p_department_id, p_person_id) then
        perform fn.fail(409, null, format('This is the last administrator of %s.', (select d.department_name from ebb.department d where d.department_id = p_department_id)),
                        'Make somebody else one first.');
    end if;
end $$;
comment on function fn.last_admin_stays(int, int) is 'Refuses to take from a department its last active administrator.';

create or replace function fn.last_operator_stays(p_person_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform from ebb.operator o order by o.person_id for update;
    if not exists (select from ebb.operator o join ebb.person p on p.person_id = o.person_id and p.is_active where o.person_id <> p_person_id) then
        perform fn.fail(409, null, 'This is the last operator of the desk.', 'Make somebody else one first.');
    end if;
end $$;
comment on function fn.last_operator_stays(int) is 'Refuses to take from the desk its last active operator.';

create or replace function fn.person_role_taken() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- What an identity provider granted it takes away as it sees fit; an operator appoints somebody then.
    if old.role_code = 'admin' and old.provider_id is null and (tg_op = 'DELETE' or new.role_code <> 'admin' or new.department_id <> old.department_id)
       and exists (select from ebb.person p where p.person_id = old.person_id and p.is_active) then
        perform fn.last_admin_stays(old.person_id, old.department_id);
    end if;
    return coalesce(new, old);
end $$;
comment on function fn.person_role_taken() is 'Trigger: the last administrator of a department keeps the role.';

create or replace function fn.operator_taken() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from ebb.person p where p.person_id = old.person_id and p.is_active) then
        perform fn.last_operator_stays(old.person_id);
    end if;
    return old;
end $$;
comment on function fn.operator_taken() is 'Trigger: the last operator stays one.';

create or replace function fn.person_before_disabling() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id int;
begin
    -- Against whoever is giving this person work just now: either that is seen, or it waits and is refused.
    perform from ebb.person p where p.person_id = old.person_id for update;
    if old.person_id = fn.person() then
        perform fn.fail(409, '/is_active', 'Nobody disables themselves.', 'Ask a colleague who manages people.');
    end if;
    for v_department_id in select r.department_id from ebb.person_role r where r.person_id = old.person_id and r.role_code = 'admin' order by 1 loop
        perform fn.last_admin_stays(old.person_id, v_department_id);
    end loop;
    if exists (select from ebb.operator o where o.person_id = old.person_id) then
        perform fn.last_operator_stays(old.person_id);
    end if;
    return new;
end $$;
comment on function fn.person_before_disabling() is 'Trigger: the last administrator of a department and the last operator are not disabled, whoever tries; nor does anybody disable themselves.';

create or replace function fn.person_after_disabling() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Not only refused while the person is inactive, but ended: whoever comes back signs in anew.
    update ebb.token t set revoked_at = fn.now() where t.person_id = old.person_id and t.revoked_at is null;
    return null;
end $$;
comment on function fn.person_after_disabling() is 'Trigger: sessions and tokens of a disabled person end at once and for good; invitations end with them (fn.invitation_follow).';

create or replace function fn.roles_check(p_department_id int, p_roles text[], p_before text[]) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_added constant text[] := array(select x from unnest(p_roles) x where x <> all (p_before));
    v_bad text;
begin
    select x into v_bad from unnest(p_roles) x where x is null or not exists (select from ebb.role_right g where g.role_code = x) limit 1;
    if found then
        perform fn.fail(422, '/role_codes', format('There is no role %s.', coalesce(to_json(v_bad)::text, 'null')),
                        'There are ' || (select string_agg(distinct g.role_code, ', ') from ebb.role_right g) || '.');
    elsif fn.by_operator() then
        return;
    elsif fn.has_right('desk.operate', null) and v_added = '{admin}' and p_before <@ p_roles and not fn.department_has_admin(p_department_id) then
        return;
    end if;
    perform fn.must('person.manage', p_department_id);
    select g.right_code into v_bad from ebb.role_right g where g.role_code = any (v_added) and not fn.has_right(g.right_code, p_department_id) order by 1 limit 1;
    if found then
        perform fn.fail(403, '/role_codes', format('Nobody grants what they do not hold: you do not have the right %s here.', v_bad), 'Ask somebody who has it.');
    end if;
end $$;
comment on function fn.roles_check(int, text[], text[]) is 'Refuses roles that do not exist, and roles whose rights the granting person lacks in the department. A department without an administrator is given one by an operator.';

create or replace function fn.roles_set(p_person_id int, p_department_id int, p_roles text[], p_version int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person jsonb;
    v_before text[];
    v_held record;
begin
    v_person := fn.record_get('person', p_person_id, true);
    v_before := array(select r.role_code from ebb.person_role r where r.person_id = p_person_id and r.department_id = p_department_id order by 1);
    -- First what is asked for at all: whoever may not grant it is not told whether there is such a person.
    perform fn.roles_check(p_department_id, p_roles, v_before);
    if v_person is null or not (fn.record_sees('person', v_person) or (v_person ->> 'department_id')::int = any (fn.served_departments()) or fn.has_right('desk.operate', null)) then
        perform fn.fail(404, '/person_id', 'There is no such person, or you may not see it.');
    end if;
    if p_version <> (v_person ->> 'version')::int then
        perform fn.fail(412, null, format('The person has changed since you read it: it is at version %s.', v_person ->> 'version'), 'Read it again, then repeat your change.');
    elsif not exists (select from ebb.department d where d.department_id = p_department_id and d.is_active) then
        perform fn.fail(422, '/department_id', 'There is no such active department.');
    elsif not (v_person ->> 'is_active')::boolean and exists (select from unnest(p_roles) x where x <> all (v_before)) then
        perform fn.fail(409, '/role_codes', 'Who is disabled is given no role.', 'Enable the person first.');
    elsif exists (select from ebb.person_role r where r.person_id = p_person_id and r.department_id = p_department_id and r.provider_id is not null and r.role_code <> all (p_roles)) then
        perform fn.fail(409, '/role_codes', 'A role comes from a group of an identity provider, which would grant it again.', 'Take the person out of the group there.');
    elsif v_before <@ p_roles and p_roles <@ v_before then
        return;
    end if;
    insert into ebb.person_role (person_id, department_id, role_code, granted_at, granted_by)
    select distinct p_person_id, p_department_id, x, fn.now(), fn.person() from unnest(p_roles) x where x <> all (v_before);
    delete from ebb.person_role r where r.person_id = p_person_id and r.department_id = p_department_id and r.role_code <> all (p_roles);
    if cardinality(p_roles) = 0 then
        v_held := fn.person_held(p_person_id, p_department_id);
        if v_held.is_held then
            perform fn.fail(409, '/role_codes', format('%s %s.', v_person ->> 'person_name', v_held.sentence), 'Hand that over first.');
        end if;
    end if;
    perform fn.record_touch('person', p_person_id);
    perform fn.audit_add(p_department_id, 'person.roles', 'person', p_person_id::text, jsonb_build_object('role_codes', to_jsonb(v_before)), jsonb_build_object('role_codes', to_jsonb(p_roles)));
end $$;
comment on function fn.roles_set(int, int, text[], int) is 'Gives a person exactly these roles in a department: none that the granting person does not hold, none that a provider would grant again taken away, no open work left without a desk behind it.';
grant execute on function fn.roles_set(int, int, text[], int) to ebb_api;

create or replace function fn.operator_set(p_person_id int, p_is_operator boolean) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not fn.by_operator() then
        perform fn.must('desk.operate');
    end if;
    if p_is_operator and not exists (select from ebb.person p where p.person_id = p_person_id and p.is_active) then
        perform fn.fail(422, '/person_id', 'There is no such active person.');
    elsif p_is_operator then
        insert into ebb.operator (person_id, granted_at, granted_by) values (p_person_id, fn.now(), fn.person()) on conflict do nothing;
    else
        delete from ebb.operator o where o.person_id = p_person_id;
    end if;
    if found then
        perform fn.audit_add(null, case when p_is_operator then 'operator.grant' else 'operator.take' end, 'operator', p_person_id::text, null, null);
    elsif not p_is_operator then
        perform fn.fail(404, '/person_id', 'This person is no operator.');
    end if;
end $$;
comment on function fn.operator_set(int, boolean) is 'Makes somebody an operator of the desk or ends that, by operators; the last one stays.';
grant execute on function fn.operator_set(int, boolean) to ebb_api;

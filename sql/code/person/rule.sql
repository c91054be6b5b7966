-- SPDX-License-Identifier: Apache-2.0
-- Persons: who works where, who leads whom, who is away, and what a change of a person asks for.

create or replace function fn.person_works_here(p_person_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.person_role r where r.person_id = p_person_id and r.department_id = any (fn.departments('ebb_api')));
end $$;
comment on function fn.person_works_here(int) is 'True when a person of whatever department has a role in one whose desk the asking person reads.';

create or replace function fn.colleagues() returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((select array_agg(distinct r.person_id) from ebb.person_role r where r.department_id = any (fn.departments('ebb_api'))), '{}');
end $$;
comment on function fn.colleagues() is 'Persons with a role in a department whose desk the asking person reads, wherever they belong.';
grant execute on function fn.colleagues() to ebb_api, ebb_report;

create or replace function fn.team_led(p_team_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from ebb.team t
         where t.team_id = p_team_id and t.is_active and fn.has_right('team.lead', t.department_id)
           and (t.lead_person_id = fn.person()
                or exists (select from ebb.membership m where m.team_id = t.team_id and m.person_id = fn.person() and m.is_active and m.membership_role = 'deputy')));
end $$;
comment on function fn.team_led(int) is 'True when the asking person leads the team, or stands in for its lead, and may lead there.';

create or replace function fn.person_led(p_person_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.membership m where m.person_id = p_person_id and m.is_active and fn.team_led(m.team_id));
end $$;
comment on function fn.person_led(int) is 'True when the person works in a team that the asking person leads.';

create or replace function fn.person_is_absent(p_person_id int, p_at timestamptz) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.absence a where a.person_id = p_person_id and a.ends_at > p_at and a.starts_at <= p_at);
end $$;
comment on function fn.person_is_absent(int, timestamptz) is 'True when the person is away at that instant.';

create or replace function fn.person_instead(p_person_id int, p_team_id int, p_at timestamptz) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not fn.person_is_absent(p_person_id, p_at) then
        return p_person_id;
    end if;
    -- Who the absence names, else a deputy of the team, each only if active and here; else the person, rather than nobody.
    return coalesce(
        (select a.deputy_person_id from ebb.absence a join ebb.person p on p.person_id = a.deputy_person_id and p.is_active
          where a.person_id = p_person_id and a.ends_at > p_at and a.starts_at <= p_at and not fn.person_is_absent(a.deputy_person_id, p_at) order by a.absence_id limit 1),
        (select m.person_id from ebb.membership m join ebb.person p on p.person_id = m.person_id and p.is_active
          where m.team_id = p_team_id and m.is_active and m.membership_role = 'deputy' and m.person_id <> p_person_id and not fn.person_is_absent(m.person_id, p_at)
          order by m.person_id limit 1),
        p_person_id);
end $$;
comment on function fn.person_instead(int, int, timestamptz) is 'Who is told in the place of a person who is away: the stand-in the absence names, else a deputy of the team, else the person all the same.';

create or replace function fn.person_outranks(p_person_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if fn.by_operator() or p_person_id = fn.person() then
        return false;
    end if;
    return exists (select from ebb.person_role r join ebb.role_right g on g.role_code = r.role_code where r.person_id = p_person_id and not fn.has_right(g.right_code, r.department_id))
        or (exists (select from ebb.operator o where o.person_id = p_person_id) and not fn.has_right('desk.operate', null))
        or exists (select from ebb.team t
                    where (t.lead_person_id = p_person_id or exists (select from ebb.membership m where m.team_id = t.team_id and m.person_id = p_person_id and m.is_active))
                      and fn.team_is_closed(t.team_id) and t.team_id <> all (fn.teams('ebb_api')));
end $$;
comment on function fn.person_outranks(int) is 'True when a person may do or see what the asking person may not: then the latter must not get hold of the way in, by another address, an invitation or a pass-phrase.';
grant execute on function fn.person_outranks(int) to ebb_api;

create or replace function fn.zone_check(p_zone text) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- The list of all zones takes a while to read; one that somebody has is known.
    if p_zone <> 'UTC' and not exists (select from ebb.calendar_version v where v.time_zone_name = p_zone) and not exists (select from pg_timezone_names z where z.name = p_zone) then
        perform fn.fail(422, '/time_zone_name', format('There is no time zone "%s".', p_zone), 'Name one of the tz database, such as Europe/Berlin.');
    end if;
end $$;
comment on function fn.zone_check(text) is 'Refuses a time zone that the tz database does not know.';

create or replace function fn.person_settle(p_id int, p_old jsonb, p_values jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person ebb.person;
begin
    select * into v_person from ebb.person p where p.person_id = p_id;
    if p_values ? 'time_zone_name' then
        perform fn.zone_check(v_person.time_zone_name);
    end if;
    if length(v_person.email) > 254 or v_person.email ~ '[<>",;:\\()]' then
        perform fn.fail(422, '/email', 'This is no address: it has at most 254 characters, and none of < > " , ; : \ ( ).', 'Give the address alone, such as dana@example.org.');
    elsif v_person.email is distinct from p_old ->> 'email' or v_person.is_active > (p_old ->> 'is_active')::boolean or v_person.department_id <> (p_old ->> 'department_id')::int then
        if fn.person_outranks(p_id) then
            perform fn.fail(403, null, 'This person has rights that you do not have, so address, department and access are not yours to change.', 'Ask somebody who has them, or the operator.');
        end if;
    end if;
    if p_values ? 'hand_over_to' and v_person.is_active then
        perform fn.fail(422, '/hand_over_to', 'Work is handed over where a person is disabled.', 'Send is_active false with it.');
    elsif not v_person.is_active and (p_old ->> 'is_active')::boolean then
        perform fn.person_leaves(v_person, (p_values ->> 'hand_over_to')::int, null);
    elsif v_person.department_id <> (p_old ->> 'department_id')::int then
        perform fn.person_leaves(v_person, null, (p_old ->> 'department_id')::int);
    end if;
end $$;
comment on function fn.person_settle(int, jsonb, jsonb) is 'What a change of a person asks for: a known time zone, a sound address, nobody above, and no open work left behind.';

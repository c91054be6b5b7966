-- SPDX-License-Identifier: Apache-2.0
-- Skills.

create or replace function fn.skill_settle(p_id int, p_old jsonb, p_values jsonb) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return;
end $$;
comment on function fn.skill_settle(int, jsonb, jsonb) is 'A skill asks for nothing besides what every record does.';

-- SPDX-License-Identifier: Apache-2.0
-- Changes that need no right of a role, only a person: what a narrow token still must hold for them.

create or replace function fn.must_hold(p_scope text) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from fn.live_token l where l.scopes is not null and p_scope <> all (l.scopes)) then
        perform fn.fail(403, null, format('This token does not hold the scope %s.', p_scope), format('Use one whose scope includes %s.', p_scope));
    end if;
end $$;
comment on function fn.must_hold(text) is 'Refuses with 403 when the presented token lacks the scope. Stands where everybody may do something without a right: open a ticket, write to their own.';
grant execute on function fn.must_hold(text) to ebb_api;

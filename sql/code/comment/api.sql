-- SPDX-License-Identifier: Apache-2.0
-- Comments: add, list.

drop view if exists api.comment;
create view api.comment as
select c.comment_id, c.ticket_id, c.author_id, coalesce(p.person_name, r.plugin_name) as author_name, c.is_internal, c.is_from_desk, c.body, c.created_at
  from ebb.comment c
  left join fn.person_label p on p.person_id = c.author_id
  left join fn.plugin_run_label r on r.plugin_run_id = c.plugin_run_id;
comment on view api.comment is 'A comment on a ticket: public to its requester, or internal to the desk.';
comment on column api.comment.author_name is 'Name of the author, a person or a plugin.';
do $$ begin perform fn.copy_comments('api.comment', '{ebb.comment}'); end $$;

create or replace function api.comment_list(p_args json)
returns table (comment_id bigint, ticket_id bigint, author_id int, author_name text, is_internal boolean, is_from_desk boolean, body text, created_at timestamptz, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket_id constant bigint := (p_args ->> 'ticket_id')::bigint;
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    perform fn.ticket_must_see(v_ticket_id);
    return query
        select c.*, c.comment_id::text from api.comment c where c.ticket_id = v_ticket_id and c.comment_id > v_after
         order by c.comment_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.comment_list(json) is 'Comments of a ticket, oldest first; the requester sees the public ones.';
grant execute on function api.comment_list(json) to ebb_app;

create or replace function api.comment_add(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket_id constant bigint := (p_args ->> 'ticket_id')::bigint;
    v_is_internal constant boolean := coalesce((p_args ->> 'is_internal')::boolean, false);
    v_department_id int;
    v_requester_id int;
    v_comment_id bigint;
begin
    perform fn.must('any');
    select t.department_id, t.requester_id into v_department_id, v_requester_id from ebb.ticket t where t.ticket_id = v_ticket_id;
    if not found then
        perform fn.fail(404, '/ticket_id', 'There is no such ticket, or you may not see it.');
    elsif v_is_internal or v_requester_id <> fn.person() then
        perform fn.must('ticket.work', v_department_id);
    else
        perform fn.must_hold('write');
    end if;
    insert into ebb.comment (ticket_id, is_internal, body, department_id, author_id, is_from_desk, created_at)
    values (v_ticket_id, v_is_internal, fn.want_text(p_args, 'body'), v_department_id, fn.person(), false, now())
    returning comment_id into v_comment_id;
    return (select row_to_json(c) from api.comment c where c.comment_id = v_comment_id);
end $$;
comment on function api.comment_add(json) is 'Comments on a ticket, by the desk or its requester; only the desk writes internally.';
grant execute on function api.comment_add(json) to ebb_app;

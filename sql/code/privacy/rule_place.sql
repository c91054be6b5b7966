-- SPDX-License-Identifier: Apache-2.0
-- Where the desk keeps what about persons: one row per column that names one. Export and erasure both go by this list, and a test refuses a
-- column that is not in it.

create or replace function fn.person_places()
returns table (place text, table_name text, person_column text, at_erasure text, shown text[])
language sql immutable
as $$
    select * from (values
        -- delete: it goes with the person. keep: history, by the person's number alone. forget: the number goes. own: fn.person_erase() says how.
        ('roles', 'person_role', 'person_id', 'delete', '{department_id,role_code,granted_at}'::text[]),
        ('roles_granted', 'person_role', 'granted_by', 'keep', '{person_id,department_id,role_code,granted_at}'),
        ('operator', 'operator', 'person_id', 'delete', null),
        ('operators_granted', 'operator', 'granted_by', 'keep', '{person_id,granted_at}'),
        ('memberships', 'membership', 'person_id', 'own', null),
        ('skills', 'person_skill', 'person_id', 'delete', null),
        ('shifts', 'shift', 'person_id', 'delete', null),
        ('absences', 'absence', 'person_id', 'delete', null),
        ('absences_stood_in', 'absence', 'deputy_person_id', 'forget', '{absence_id,department_id,starts_at,ends_at}'),
        ('identities', 'identity', 'person_id', 'delete', null),
        ('sign_in_networks', 'sign_in_network', 'person_id', 'delete', null),
        ('pass_phrase', 'password', 'person_id', 'delete', '{changed_at,must_change}'),
        ('one_time_codes', 'totp', 'person_id', 'delete', '{confirmed_at}'),
        ('recovery_codes', 'recovery_code', 'person_id', 'delete', '{used_at}'),
        ('tokens', 'token', 'person_id', 'delete', '{token_id,token_kind,token_name,created_at,expires_at,last_used_at,revoked_at,scopes,department_ids,user_agent,network,method_code}'),
        ('invitations', 'invitation', 'person_id', 'delete', '{invitation_kind,email,created_at,expires_at,used_at,ended_at}'),
        ('invitations_made', 'invitation', 'made_by', 'keep', '{person_id,invitation_kind,created_at}'),
        ('mails', 'mail', 'person_id', 'delete', '{mail_kind,address,ticket_id,created_at,done_at}'),
        ('mails_asked_for', 'mail', 'asked_by', 'keep', '{person_id,mail_kind,created_at}'),
        ('kept_answers', 'idempotency', 'person_id', 'delete', '{created_at,reply_status,reply_body}'),
        ('reader_roles', 'bi_role', 'person_id', 'keep', '{role_name,department_id}'),
        ('teams_led', 'team', 'lead_person_id', 'keep', '{team_id,department_id,team_name,is_active}'),
        ('services_answered_for', 'service', 'accountable_person_id', 'keep', '{service_id,department_id,service_name,is_active}'),
        ('tickets_asked_for', 'ticket', 'requester_id', 'own', '{ticket_id,department_id,service_id,request_type_id,subject,description,state,state_note,impact,urgency,priority,channel,opened_at,resolved_at,closed_at,source_ref}'),
        ('tickets_worked_on', 'ticket', 'assignee_id', 'keep', '{ticket_id,department_id,state,opened_at,closed_at}'),
        ('tickets_answered_for', 'ticket', 'accountable_person_id', 'keep', '{ticket_id,department_id,state,opened_at,closed_at}'),
        ('comments', 'comment', 'author_id', 'own', '{comment_id,ticket_id,department_id,is_internal,body,created_at}'),
        ('transfers_offered', 'transfer', 'offered_by', 'own', '{transfer_id,ticket_id,department_id,reason,offered_at}'),
        ('transfers_answered', 'transfer', 'answered_by', 'own', '{transfer_id,ticket_id,department_id,answer_note,answered_at}'),
        ('journal', 'ticket_event', 'actor_id', 'keep', '{ticket_id,seq,department_id,occurred_at,event_kind}'),
        ('time_worked', 'ticket_span', 'assignee_id', 'keep', '{ticket_id,seq,department_id,started_at,ended_at}'),
        ('time_answered_for', 'ticket_span', 'accountable_person_id', 'keep', '{ticket_id,seq,department_id,started_at,ended_at}'),
        ('escalation_steps', 'escalation_step', 'person_id', 'keep', '{escalation_step_id,department_id,sla_target_id}'),
        ('escalations', 'escalation', 'person_id', 'keep', '{escalation_id,ticket_id,department_id,fired_at}'),
        ('escalations_told', 'escalation', 'told_person_ids', 'keep', '{escalation_id,ticket_id,department_id,fired_at}'),
        ('escalated_work', 'escalation', 'assignee_id', 'keep', '{escalation_id,ticket_id,department_id,fired_at}'),
        ('escalated_answered_for', 'escalation', 'accountable_person_id', 'keep', '{escalation_id,ticket_id,department_id,fired_at}'),
        ('rehearsals_asked_for', 'sla_rehearsal', 'asked_by', 'keep', '{sla_rehearsal_id,department_id,created_at}'),
        ('audit_of_what_they_did', 'audit', 'actor_id', 'keep', '{audit_id,department_id,occurred_at,action,object_kind,object_ref}'),
        ('audit_texts', 'audit_kept', 'person_id', 'own', '{kept_text}'),
        ('erasures_ordered', 'erasure', 'erased_by', 'keep', '{erasure_id,department_id,erased_at}'),
        ('erasure', 'erasure', 'person_id', 'keep', '{erasure_id,department_id,erased_at}')) p (place, table_name, person_column, at_erasure, shown)
$$;
comment on function fn.person_places() is 'Every column that names a person: under what name an export shows it, what an erasure does with it, and which columns are given out (NULL: all; hashes and secrets never).';

create or replace function fn.person_place_rows(p_table text, p_column text, p_shown text[], p_person_id int, p_viewer int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_relation constant regclass := to_regclass(format('ebb.%I', p_table));
    v_has constant text[] := array(select a.attname::text from pg_attribute a where a.attrelid = v_relation and a.attnum > 0 and not a.attisdropped);
    v_where text := format(case when p_column = 'told_person_ids' then '%I @> array[$1]' else '%I = $1' end, p_column);
    v_rows jsonb;
begin
    if not p_column = any (v_has) then
        return '[]'::jsonb;
    end if;
    -- For somebody else: what lies in the departments they read, and no confidential ticket that they may not see.
    if p_viewer is not null and 'department_id' = any (v_has) and p_table <> 'absence' then
        v_where := v_where || ' and department_id = any ($2)';
    end if;
    if p_viewer is not null and 'ticket_id' = any (v_has) then
        v_where := v_where || ' and (ticket_id is null or not exists (select from ebb.ticket t where t.ticket_id = x.ticket_id and t.is_confidential and not fn.person_sees($3, t.ticket_id)))';
    end if;
    execute format('select coalesce(jsonb_agg(to_jsonb(y)), ''[]'') from (select %s from %s x where %s order by 1) y',
                   (select string_agg(quote_ident(c), ', ') from unnest(v_has) with ordinality h (c, n) where c = any (coalesce(p_shown, v_has)) and c !~ '(hash|secret|salt|verifier|sealed)'),
                   v_relation, v_where)
       into v_rows using p_person_id, fn.departments('ebb_api'), p_viewer;
    return v_rows;
end $$;
comment on function fn.person_place_rows(text, text, text[], int, int) is 'Rows of a place that name the person, as JSON; for a viewer (NULL: the person, or the operator at the host) without what other departments hold and without confidential tickets that the viewer may not see.';

create or replace function fn.person_export(p_person_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_viewer constant int := case when not fn.by_operator() and p_person_id is distinct from fn.person() then coalesce(fn.person(), 0) end;
    v_place record;
    v_rows jsonb;
    v_places jsonb := jsonb_build_object();
begin
    if v_viewer is not null and not fn.has_right('privacy.manage', (select p.department_id from ebb.person p where p.person_id = p_person_id)) then
        perform fn.fail(403, null, 'You may not read what is kept about this person.', 'Ask an administrator of the person''s department.');
    end if;
    for v_place in select * from fn.person_places() loop
        v_rows := fn.person_place_rows(v_place.table_name, v_place.person_column, v_place.shown, p_person_id, v_viewer);
        if v_rows @? '$[*].state_note' then
            -- What the desk notes while a ticket waits it notes among itself.
            v_rows := (select jsonb_agg(case when r ->> 'state' = '3' then r - 'state_note' else r end) from jsonb_array_elements(v_rows) r);
        end if;
        if v_rows <> '[]' then
            v_places := v_places || jsonb_build_object(v_place.place, v_rows);
        end if;
    end loop;
    return (select jsonb_build_object('version', p.version, 'person_id', p.person_id, 'made_at', fn.now(), 'is_whole', v_viewer is null, 'person', to_jsonb(p) - 'version', 'kept', v_places)
              from ebb.person p where p.person_id = p_person_id);
end $$;
comment on function fn.person_export(int) is 'All that is kept about a person, by place: for the person and for the operator at the host; for those who manage privacy in the person''s department without what other departments hold and without confidential tickets that they may not see (is_whole is false then, whether there is any of that or not).';
grant execute on function fn.person_export(int) to ebb_api;

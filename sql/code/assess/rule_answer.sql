-- SPDX-License-Identifier: Apache-2.0
-- From figures to answers: yes, partly, no or cannot_tell, and one sentence with its figures. Nothing here reads a table.

create or replace function fn.assess_answer_1(f json, l json, p_import json, out answer text, out sentence text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_first constant numeric := (f ->> 'past_grace_unowned_share')::numeric;
    v_old constant numeric := coalesce((f ->> 'older_than_sle_neglected_share')::numeric, 0);
    v_all constant numeric := (f ->> 'unowned_hours_share')::numeric;
    v_is_by_hours constant boolean := (f ->> 'past_grace_count')::int < (l ->> 'open_at_least')::int;
begin
    if (p_import ->> 'has_assignee')::boolean is false or v_all is null then
        answer := 'cannot_tell';
        sentence := 'Cannot tell: the log does not say who worked on a ticket.';
    elsif v_is_by_hours then
        answer := case when v_all > (l ->> 'yes_unowned_share_above')::numeric then 'yes' when v_all < (l ->> 'no_unowned_share_below')::numeric then 'no' else 'partly' end;
        sentence := format('%s: only %s open for longer than the grace of %s working hours, so the whole time counts: in %s of all open hours nobody worked on the ticket, and %s (%s) were without owner for more than a day.',
                           initcap(answer), fn.plural((f ->> 'past_grace_count')::bigint, 'ticket is', 'tickets are'), l ->> 'grace_business_hours', fn.percent(v_all),
                           fn.plural((f ->> 'unowned_over_24_hours_count')::bigint, 'ticket'), fn.percent((f ->> 'unowned_over_24_hours_share')::numeric));
    else
        answer := case when v_first > (l ->> 'yes_unowned_share_above')::numeric or v_old > (l ->> 'yes_neglected_share_above')::numeric then 'yes'
                       when v_first < (l ->> 'no_unowned_share_below')::numeric and v_old < (l ->> 'no_neglected_share_below')::numeric then 'no' else 'partly' end;
        sentence := format('%s: of %s past the grace of %s working hours nobody works on %s (%s); of %s older than %s, within which 85 %% are done, %s have no owner or were untouched for %s days; in the last 30 days %s of all open hours passed without owner.',
                           initcap(answer), fn.plural((f ->> 'past_grace_count')::bigint, 'open ticket'), l ->> 'grace_business_hours', f ->> 'past_grace_unowned_count', fn.percent(v_first),
                           fn.plural((f ->> 'older_than_sle_count')::bigint, 'ticket'), fn.time_words((f ->> 'sle_hours')::numeric), fn.percent(v_old), l ->> 'untouched_days',
                           fn.percent((f ->> 'unowned_hours_share_30_days')::numeric));
    end if;
end $$;
comment on function fn.assess_answer_1(json, json, json) is 'Do tickets age without clear ownership?';

create or replace function fn.assess_answer_2(f json, l json, out answer text, out sentence text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_issue constant numeric := case when (f ->> 'recent_ticket_with_text_count')::int >= 20 then coalesce((f ->> 'returned_issue_share')::numeric, 0) end;
    v_contact constant numeric := case when (f ->> 'named_requester_count')::int >= 20 then (f ->> 'repeat_contact_share')::numeric end;
    v_words text[] := array[]::text[];
begin
    answer := case when v_issue > (l ->> 'yes_returned_share_above')::numeric or v_contact > (l ->> 'yes_repeat_contact_share_above')::numeric then 'yes'
                   when v_issue < (l ->> 'no_returned_share_below')::numeric and v_contact < (l ->> 'no_repeat_contact_share_below')::numeric then 'no'
                   when v_issue >= (l ->> 'no_returned_share_below')::numeric or v_contact >= (l ->> 'no_repeat_contact_share_below')::numeric then 'partly'
                   else 'cannot_tell' end;
    v_words := array_append(v_words, case when v_contact is null then 'repeat contacts cannot be counted, because requesters are not named'
        else format('%s of the tickets came from a requester whose last ticket about the same service and request type had been resolved at most %s days before', fn.percent(v_contact), l ->> 'repeat_days') end);
    v_words := array_append(v_words, case when v_issue is null then 'returning issues (share of this month''s tickets) cannot be counted, because there are too few texts to tell issues by'
        else format('%s of the last 30 days'' tickets belong to one of %s that had been resolved in the three months before and returned', fn.percent(v_issue), fn.plural((f ->> 'returned_issue_count')::bigint, 'issue')) end);
    v_words := array_append(v_words, format('%s of the resolved tickets were reopened', fn.percent((f ->> 'reopened_share')::numeric)));
    sentence := case answer when 'cannot_tell' then 'Cannot tell' else initcap(answer) end || ': ' || array_to_string(v_words, '; ') || '.';
end $$;
comment on function fn.assess_answer_2(json, json) is 'Are the same issues present every month?';

create or replace function fn.assess_answer_3(f json, l json, p_import json, out answer text, out sentence text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_changes constant numeric := (f ->> 'changes_per_100_open_per_day')::numeric;
    v_days constant numeric := (f ->> 'day_with_unexplained_change_share')::numeric;
    v_any constant numeric := (f ->> 'day_with_change_share')::numeric;
    v_facts constant boolean := coalesce((p_import ->> 'has_impact_and_urgency')::boolean, true);
    v_subjective constant numeric := case when v_facts then (f ->> 'subjective_share')::numeric end;
    v_levels constant numeric := (f ->> 'effective_levels')::numeric;
    v_biggest constant numeric := (f ->> 'biggest_level_share')::numeric;
begin
    if (p_import ->> 'has_priority')::boolean is false or v_changes is null then
        answer := 'cannot_tell';
        sentence := 'Cannot tell: the log names no priority.';
        return;
    end if;
    answer := case when v_changes > (l ->> 'yes_changes_above')::numeric or v_days > (l ->> 'yes_unexplained_day_share_above')::numeric
                        or v_subjective > (l ->> 'yes_subjective_share_above')::numeric then 'yes'
                   when v_changes < (l ->> 'no_changes_below')::numeric and v_days < (l ->> 'no_unexplained_day_share_below')::numeric
                        and coalesce(v_subjective, 0) < (l ->> 'no_subjective_share_below')::numeric then 'no' else 'partly' end;
    sentence := format('%s: on the median day %s priorities per 100 open tickets change, on %s of the days at least one does without a changed fact%s, %s; ',
        initcap(answer), trim(to_char(v_changes, 'FM990.00')), fn.percent(v_days),
        case when not v_facts then ' (the log tells no impact and urgency, so no change can be explained)' else format(' (with or without one: %s)', fn.percent(v_any)) end,
        case when v_subjective is null then 'whether a rule would give the same priorities cannot be told' else format('%s of the priorities do not follow from impact and urgency', fn.percent(v_subjective)) end)
        || case when v_levels < (l ->> 'separates_from_levels')::numeric or v_biggest > (l ->> 'separates_up_to_share')::numeric
                then format('and priorities do not separate work: %s sit in one level (%s effective levels of 4).', fn.percent(v_biggest), trim(to_char(v_levels, 'FM990.00')))
                else format('and priorities do separate work: %s effective levels of 4, %s in the biggest.', trim(to_char(v_levels, 'FM990.00')), fn.percent(v_biggest)) end;
end $$;
comment on function fn.assess_answer_3(json, json, json) is 'Does prioritisation change daily? And does it separate anything?';

create or replace function fn.assess_trust(f json, a json, l json)
returns table (place int, check_name text, meaning text, said text, population bigint, failed bigint, share numeric, is_hard boolean)
language sql immutable
begin atomic
    select v.place, v.check_name, v.meaning, v.said, v.population, v.failed, round(v.failed::numeric / nullif(v.population, 0), 4), v.is_hard
      from (values
        (1, 'T1', 'tickets that differ from what their journal says (of a sample)', 'tickets differ from what their journal says', (a ->> 'projection_audited_count')::bigint, (a ->> 'projection_mismatch_count')::bigint, true),
        (2, 'T1 source', 'tickets whose counter of reassignments the source''s own rows contradict', 'tickets have a counter of reassignments that the source''s own rows contradict',
            (f ->> 'with_source_counter_count')::bigint, (f ->> 'source_counter_mismatch_count')::bigint, true),
        (3, 'T1 source', 'tickets whose counter of reopenings the source''s own rows contradict', 'tickets have a counter of reopenings that the source''s own rows contradict',
            (f ->> 'with_source_reopen_count')::bigint, (f ->> 'source_reopen_mismatch_count')::bigint, true),
        (4, 'T2', 'instants in which what is open differs from what came, moved and went until then', 'instants looked at do not reconcile', (f ->> 'conservation_check_count')::bigint, (f ->> 'conservation_mismatch_count')::bigint, true),
        (5, 'T3', 'open hours by flow against open hours by spans: more than 1 hour apart', 'sums of open hours do not reconcile', 1, ((f ->> 'open_hours_residual')::numeric > 1)::int::bigint, true),
        (6, 'T4', 'tickets with a change of state that makes no sense', 'tickets went through a change of state that makes no sense', (f ->> 'ticket_count')::bigint, (f ->> 'forbidden_transition_ticket_count')::bigint, true),
        (7, 'T4', 'of these, closed without having been resolved', null, (f ->> 'ticket_count')::bigint, (f ->> 'closed_without_resolving_count')::bigint, false),
        (8, 'T4', 'events of the log whose time lay before the event they follow', null, (f ->> 'ticket_count')::bigint, (f ->> 'backward_time_count')::bigint, false),
        (9, 'T5', 'resolved in bulk, or without anybody ever having owned them (last 90 days)', null, (f ->> 'departed_count')::bigint, (f ->> 'administrative_count')::bigint, false),
        (10, 'T7', format('open, waiting for no date, and nothing happened for %s days', l ->> 'stale_days'), null, (f ->> 'open_count')::bigint, (f ->> 'stale_count')::bigint, false),
        (11, 'T8', 'in state active with nobody assigned', null, (f ->> 'active_count')::bigint, (f ->> 'active_unowned_count')::bigint, false),
        (12, 'T9 source', 'missed service levels that the source noted only when the work was over', null, (f ->> 'source_missed_count')::bigint, (f ->> 'source_missed_known_late_count')::bigint, false)
      ) as v (place, check_name, meaning, said, population, failed, is_hard);
end;
comment on function fn.assess_trust(json, json, json) is 'check: what was compared, how much of it, how much failed; a hard check may not fail at all.';

create or replace function fn.assess_answer_4(f json, a json, l json, out answer text, out sentence text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_stale constant numeric := coalesce((f ->> 'stale_share')::numeric, 0);
    v_gone constant numeric := coalesce((f ->> 'administrative_share')::numeric, 0);
    v_debt constant numeric := coalesce((f ->> 'ageing_debt')::numeric, 0);
    v_failed bigint;
    v_worst numeric;
    v_words text;
begin
    select sum(t.failed), max(t.share), string_agg(format('%s %s', case when t.share < 0.001 or t.population < 50 then format('%s of %s', fn.counted(t.failed), fn.counted(t.population)) else fn.percent(t.share) || ' of the' end, t.said), '; ' order by t.share desc)
             filter (where t.failed > 0)
      into v_failed, v_worst, v_words
      from fn.assess_trust(f, a, l) t where t.is_hard;
    answer := case when v_worst > (l ->> 'hard_share_above')::numeric or v_stale > (l ->> 'yes_stale_share_above')::numeric or v_gone > (l ->> 'yes_administrative_share_above')::numeric
                        or v_debt > (l ->> 'yes_ageing_debt_above')::numeric then 'yes'
                   when coalesce(v_failed, 0) = 0 and v_stale < (l ->> 'no_stale_share_below')::numeric and v_gone < (l ->> 'no_administrative_share_below')::numeric
                        and v_debt < (l ->> 'no_ageing_debt_below')::numeric then 'no' else 'partly' end;
    sentence := initcap(answer) || ': ' || coalesce(v_words, 'no hard check fails') || '; '
        || concat_ws('; ', case when (f ->> 'open_count')::int > 0 then fn.percent(v_stale) || ' of the open tickets are stale' end,
                     case when (f ->> 'departed_count')::int > 0 then fn.percent(v_gone) || ' of the resolutions are administrative' end,
                     case when f ->> 'ageing_debt' is not null then 'ageing debt is ' || trim(to_char(v_debt, 'FM0.00')) end,
                     case when f ->> 'source_missed_known_late_share' is not null
                          then fn.percent((f ->> 'source_missed_known_late_share')::numeric) || ' of the missed service levels were noted only when the work was over' end) || '.';
end $$;
comment on function fn.assess_answer_4(json, json, json) is 'Does backlog reporting feel disconnected from reality?';

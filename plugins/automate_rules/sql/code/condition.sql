-- SPDX-License-Identifier: Apache-2.0
-- What is wrong with a condition, and where. PostgreSQL says what it stumbles over and not at which character; a beginning of the
-- condition that fails for another reason than being too short tells where.

create or replace function x_automate_rules.path_error(p_text text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_detail text;
begin
    perform p_text::jsonpath;
    return null;
exception when others then
    get stacked diagnostics v_detail = pg_exception_detail;
    return case when v_detail <> '' then rtrim(v_detail, '.') else sqlerrm end;
end $$;
comment on function x_automate_rules.path_error(text) is 'What PostgreSQL says against a text as SQL/JSON path; NULL when it is one.';

create or replace function x_automate_rules.is_cut(p_text text, p_at int) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_two constant text := substr(p_text, p_at, 2);
begin
    return p_at >= length(p_text)
        or not (v_two ~ '^([[:alnum:]_]{2}|[&|=<>!*]{2}|[0-9][.]|[.][0-9]|\\.)$'
                -- An odd number of quotes before the cut: it would lie within a string.
                or length(replace(regexp_replace(left(p_text, p_at), '\\.', '', 'g'), '"', '')) % 2
                   <> length(regexp_replace(left(p_text, p_at), '\\.', '', 'g')) % 2);
end $$;
comment on function x_automate_rules.is_cut(text, int) is 'True when a token may end at that character: neither within a word, a number or an operator, nor within a string.';

create or replace function x_automate_rules.word_start(p_text text, p_end int) returns int
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return p_end - length(substring(left(p_text, p_end) from '[[:alnum:]_''"]*$')) + 1;
end $$;
comment on function x_automate_rules.word_start(text, int) is 'First character of the word that ends there.';

-- PostgreSQL notices a word that stands where none may only when it has read what follows: the blank, or the end.
create or replace function x_automate_rules.path_spot(p_text text) returns int
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_error text := x_automate_rules.path_error(p_text);
    v_at constant int := length(rtrim(p_text, E' \t\r\n'));
    v_near text;
begin
    if v_error like '% at end of jsonpath input' then
        if v_error like 'syntax error%' and left(p_text, v_at) ~ '(^|[^[:alnum:]_.$@''"])(?!(true|false|null)$)[[:alpha:]_''][[:alnum:]_'']*$' then
            return x_automate_rules.word_start(p_text, v_at);
        end if;
        return length(p_text) + 1;
    end if;
    for n in 1 .. length(p_text) loop
        continue when not x_automate_rules.is_cut(p_text, n);
        v_error := x_automate_rules.path_error(left(p_text, n));
        continue when v_error is null or v_error like '% at end of jsonpath input';
        v_near := substring(v_error from 'at or near "(.*)" of jsonpath input$');
        if v_near ~ '^\s*$' then
            return x_automate_rules.word_start(p_text, length(rtrim(left(p_text, n), E' \t\r\n')));
        elsif right(left(p_text, n), length(v_near)) = v_near then
            return n - length(v_near) + 1;
        end if;
        return n + 1 - greatest(length(substring(left(p_text, n) from '("(?:[^"\\]|\\.)*"|[[:alnum:]_]+)$')), 1);
    end loop;
    return length(p_text) + 1;
end $$;
comment on function x_automate_rules.path_spot(text) is 'Character, from 1, at which a text stops being a condition; one more than its length when it ends too early.';

create or replace function x_automate_rules.condition_fault(p_text text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_error constant text := x_automate_rules.path_error(p_text);
    v_at int;
begin
    if p_text ~ '^\s*$' then
        return 'The condition is empty; leave "if" out for a rule that always applies.';
    elsif v_error is not null then
        v_at := x_automate_rules.path_spot(p_text);
        return format('The condition does not parse at character %s, ', v_at)
            || case when v_at > length(p_text) then format('where it ends, after `%s`', right(p_text, 20)) else format('at `%s`', substr(p_text, v_at, 20)) end
            || format(': %s.', regexp_replace(v_error, '( at (or near ".*"|end))? of jsonpath input$', ''));
    end if;
    -- A predicate says yes, no or unknown of any document; what does not is a path to something.
    perform jsonb_path_match_tz('{"event": "ticket.opened", "facts": {}, "changes": {}}', p_text::jsonpath, '{}', false);
    return null;
exception when others then
    return format('The condition is neither true nor false (%s): compare something, as in $.facts.priority == 1, or ask exists(...).', sqlerrm);
end $$;
comment on function x_automate_rules.condition_fault(text) is 'Sentence against a condition, with the character at which it stops parsing; NULL when it can be asked.';

create or replace function x_automate_rules.names_in(p_path jsonpath) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    -- In the canonical text every name and every string is quoted, and only a name has a dot before it.
    return (select coalesce(array_agg(distinct m[2] order by m[2]) filter (where m[1] = '.' and m[2] not in ('event', 'facts', 'changes', 'occurred_at', 'now')), '{}')
              from regexp_matches(p_path::text, '(\.?)"((?:[^"\\]|\\.)*)"', 'g') m);
end $$;
comment on function x_automate_rules.names_in(jsonpath) is 'Names of facts and changes that a condition looks at.';

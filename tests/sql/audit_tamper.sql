-- SPDX-License-Identifier: Apache-2.0
-- 2,000 random tamperings (more: psql -v rounds=100000) with the audit, each by somebody who may write every table: all are found. What only a noted head can find
-- (a shorter chain, or one written anew from some link on) is found by the head that was noted before.
\ir ../lib/act.sql
begin;
select plan(5);
select t.be('ada');
select set_config('ebb.request', 'request', true);
select fn.audit_add(1 + n % 3, 'thing.' || n % 5, 'thing', 'Number ' || n, case when n % 3 > 0 then jsonb_build_object('n', n, 'is_odd', n % 2 = 1, 'list', jsonb_build_array(n, null, 'x')) end,
                    case when n % 4 > 0 then jsonb_build_object('n', n + 1, 'person_id', 101 + n % 9, 'person_name', 'Name ' || n) end)
  from generate_series(1, 20) n;
set constraints all immediate;

-- A value of the column's type that is not the one that is there.
create function t.other(p_column text, a ebb.audit) returns text language plpgsql as $$
declare
    v_old constant text := to_jsonb(a) ->> p_column;
    v_way constant int := floor(random() * 4);
begin
    return case
        when p_column = 'occurred_at' then case v_way when 0 then a.occurred_at + interval '1 microsecond' when 1 then a.occurred_at - interval '1 day' when 2 then 'infinity' else a.occurred_at - interval '4052 years' end::text
        when p_column in ('audit_id', 'department_id', 'actor_id') then case when v_way = 0 and v_old is not null and p_column <> 'audit_id' then null else (coalesce(v_old::bigint, 0) + 1000 + floor(random() * 9))::text end
        when p_column = 'actor_kind' then 'operator'
        when p_column in ('before_values', 'after_values') then
            case when v_old is null then (array['null', '{}', '[]', '{"n": 1}'])[v_way + 1]
                 else (array[null, (v_old::jsonb || '{"z": 1}')::text, (v_old::jsonb - 'n')::text, jsonb_set(v_old::jsonb, '{n}', to_jsonb(trim_scale((v_old::jsonb ->> 'n')::numeric) + 0.0))::text])[v_way + 1] end
        else case v_way when 0 then v_old || ' ' when 1 then coalesce(upper(v_old) || '!', 'X') when 2 then reverse(v_old || 'ab') else coalesce(nullif(v_old, ''), 'y') || E'\u0301' end end;
end $$;

-- Writes the chain anew from a link on, as whoever knows the recipe would.
create function t.forge(p_from bigint) returns void language plpgsql as $$
declare
    r record;
    v_hash text;
begin
    select row_hash into v_hash from ebb.audit_link where chain_no = p_from - 1;
    v_hash := coalesce(v_hash, repeat('0', 64));
    for r in select l.chain_no, a from ebb.audit_link l join ebb.audit a using (audit_id) where l.chain_no >= p_from order by 1 loop
        v_hash := fn.audit_hash(v_hash, fn.audit_text(r.chain_no, r.a));
        update ebb.audit_link set row_hash = v_hash where chain_no = r.chain_no;
        update ebb.audit_head set chain_no = r.chain_no, row_hash = v_hash;
    end loop;
end $$;

create function t.tamper(p_way int) returns void language plpgsql as $$
declare
    v_no constant bigint := 1 + floor(random() * 20);
    v_to constant bigint := 1 + (v_no + floor(random() * 19)::bigint) % 20;
    v_column constant text := (array['audit_id', 'occurred_at', 'department_id', 'actor_id', 'actor_kind', 'action', 'object_kind', 'object_ref', 'before_values', 'after_values', 'request_id'])[1 + floor(random() * 11)];
    v_kept constant bigint := (select audit_kept_id from ebb.audit_kept order by random() limit 1);
    v_row ebb.audit;
begin
    select a.* into v_row from ebb.audit_link l join ebb.audit a using (audit_id) where l.chain_no = v_no;
    if p_way <= 3 then -- a column of an entry; then with its own link; then with every link after it
        execute format('update ebb.audit set %I = %L where audit_id = %s', v_column, t.other(v_column, v_row), v_row.audit_id);
        if p_way > 1 and v_column = 'audit_id' then
            update ebb.audit_link set audit_id = (select max(audit_id) from ebb.audit) where chain_no = v_no;
        end if;
        if p_way = 2 then
            update ebb.audit_link l set row_hash = fn.audit_hash(coalesce((select b.row_hash from ebb.audit_link b where b.chain_no = v_no - 1), repeat('0', 64)), fn.audit_text(v_no, a))
              from ebb.audit a where l.chain_no = v_no and a.audit_id = l.audit_id;
        elsif p_way = 3 then
            perform t.forge(v_no);
        end if;
    elsif p_way <= 7 then -- the entry, its link, both, both and the rest moved up
        if p_way <> 5 then delete from ebb.audit where audit_id = v_row.audit_id; end if;
        if p_way <> 4 then delete from ebb.audit_link where chain_no = v_no; end if;
        if p_way = 7 then
            update ebb.audit_link set chain_no = chain_no + 1000 where chain_no > v_no;
            update ebb.audit_link set chain_no = chain_no - 1001 where chain_no > 1000;
            update ebb.audit_head set chain_no = 19;
            perform t.forge(v_no);
        end if;
    elsif p_way = 8 then -- two links change their entries
        update ebb.audit_link l set audit_id = -l.audit_id where chain_no in (v_no, v_to);
        update ebb.audit_link l set audit_id = -o.audit_id from ebb.audit_link o where (l.chain_no, o.chain_no) in ((v_no, v_to), (v_to, v_no));
        update ebb.audit_link set audit_id = abs(audit_id);
    elsif p_way = 9 then -- two entries change what they say
        update ebb.audit a set occurred_at = o.occurred_at, object_ref = o.object_ref, department_id = o.department_id, before_values = o.before_values, after_values = o.after_values, action = o.action
          from ebb.audit o where a.audit_id = v_row.audit_id and o.audit_id = (select audit_id from ebb.audit_link where chain_no = v_to);
    elsif p_way <= 11 then -- the end is cut off; and the head put right
        delete from ebb.audit a using ebb.audit_link l where a.audit_id = l.audit_id and l.chain_no >= v_no;
        delete from ebb.audit_link where chain_no >= v_no;
        if p_way = 11 then
            update ebb.audit_head set chain_no = v_no - 1, row_hash = coalesce((select row_hash from ebb.audit_link where chain_no = v_no - 1), repeat('0', 64));
        end if;
    elsif p_way <= 13 then -- one is slipped in, without a link; in the middle, with links for all
        insert into ebb.audit (audit_id, occurred_at, actor_kind, action, object_kind, object_ref) values (5000, fn.now(), 'operator', 'thing.1', 'thing', 'Number 1');
        if p_way = 13 then
            update ebb.audit_link set chain_no = chain_no + 1000 where chain_no >= v_no;
            update ebb.audit_link set chain_no = chain_no - 999 where chain_no > 1000;
            insert into ebb.audit_link values (v_no, 5000, repeat('0', 64));
            perform t.forge(v_no);
        end if;
    elsif p_way = 14 then
        update ebb.audit_link set row_hash = md5(row_hash) || md5(random()::text) where chain_no = v_no;
    elsif p_way = 15 then
        update ebb.audit_head set chain_no = v_no - 1, row_hash = (array[row_hash, md5(row_hash) || md5('x')])[1 + floor(random() * 2)];
    elsif p_way = 16 then
        delete from ebb.audit_head;
    elsif p_way = 17 then -- texts beside the audit
        update ebb.audit_kept set kept_text = t.other('object_ref', row(0, null, null, null, null, null, null, kept_text, null, null, null)::ebb.audit) where audit_kept_id = v_kept;
    elsif p_way = 18 then
        update ebb.audit_kept set salt = sha256(salt) where audit_kept_id = v_kept;
    elsif p_way = 19 then
        delete from ebb.audit_kept where audit_kept_id = v_kept;
    else -- as if erased, by an erasure that is in no audit
        insert into ebb.erasure (erasure_kind, person_id, erased_at) values ('person', 101, fn.now());
        update ebb.audit_kept set kept_text = null, salt = null, erasure_id = (select max(erasure_id) from ebb.erasure) where audit_kept_id = v_kept;
    end if;
end $$;

-- Tamper, look, undo; which ways were found how often, and what was not.
create function t.rounds(p_count int, out found_count int, out missed text[], out ways int, out by_noted_head_alone int) language plpgsql as $$
declare
    v_head constant text := (select row_hash from ebb.audit_head);
    v_way int;
    v_faults text[];
begin
    found_count := 0; ways := 0; by_noted_head_alone := 0;
    for n in 1 .. p_count loop
        v_way := 1 + n % 20;
        begin
            perform t.tamper(v_way);
            select array_agg(f.fault) into v_faults from (select * from fn.audit_faults(jsonb_build_array(v_head)) union all select * from fn.audit_kept_faults()) f;
            raise exception using errcode = 'ZZ001';
        exception when sqlstate 'ZZ001' then null;
        end;
        found_count := found_count + (v_faults is not null)::int;
        ways := greatest(ways, v_way);
        by_noted_head_alone := by_noted_head_alone + (v_faults = '{truncated}')::int;
        if v_faults is null then
            missed := missed || format('way %s in round %s', v_way, n);
        end if;
    end loop;
end $$;

\if :{?rounds}
\else
\set rounds 2000
\endif
select extract(epoch from clock_timestamp())::int % 100000 as seed \gset
select setseed(:seed / 100000.0);
select is((select count(*) from fn.audit_faults((select jsonb_build_array(row_hash) from ebb.audit_head))), 0::bigint, 'before anything, the chain of 20 entries holds');
select is((select count(*) from fn.audit_kept_faults()), 0::bigint, 'and so do the texts beside it');
alter table ebb.audit alter audit_id drop identity;
set session_replication_role = replica;
select found_count, coalesce(array_to_string(missed, ', '), '') as missed, ways, by_noted_head_alone from t.rounds(:rounds) \gset
select is(:found_count, :rounds, format('%s random tamperings of %s ways are all found (seed %s)', :rounds, :ways, :seed));
select is(:'missed'::text, '', 'none is missed');
select ok(:by_noted_head_alone > :rounds / 10, format('some of them, %s, by the noted head alone', :by_noted_head_alone));
select * from finish();
rollback;

-- SPDX-License-Identifier: Apache-2.0
-- The chain over the audit: the text that is hashed, the link that a commit adds, and the search for what does not fit.

create or replace function fn.audit_text(p_chain_no bigint, a ebb.audit) returns text
language sql stable
return jsonb_build_array(p_chain_no, (a).audit_id, round(extract(epoch from (a).occurred_at) * 1000000)::text, (a).department_id, (a).actor_id, (a).actor_kind, (a).action,
                         (a).object_kind, (a).object_ref, (a).before_values::text, (a).after_values::text, (a).request_id)::text;
comment on function fn.audit_text(bigint, ebb.audit) is 'Canonical text of an audit entry: a JSON array of its place in the chain and its columns in their order, the instant as microseconds since 1970, values as their text. What is not in it could be changed unseen, so all is in it.';

create or replace function fn.audit_hash(p_before text, p_text text) returns text
language sql immutable
return encode(sha256(decode(p_before, 'hex') || convert_to(p_text, 'UTF8')), 'hex');
comment on function fn.audit_hash(text, text) is 'Hash of an entry: SHA-256 over the hash before it and its canonical text.';

create or replace function fn.audit_link_from(p_audit_id bigint) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_head ebb.audit_head;
    v_audit ebb.audit;
    v_count int := 0;
begin
    select * into strict v_head from ebb.audit_head h for update;
    for v_audit in
        select * from ebb.audit a where a.audit_id >= p_audit_id and not exists (select from ebb.audit_link l where l.audit_id = a.audit_id) order by a.audit_id
    loop
        v_head.chain_no := v_head.chain_no + 1;
        v_head.row_hash := fn.audit_hash(v_head.row_hash, fn.audit_text(v_head.chain_no, v_audit));
        insert into ebb.audit_link (chain_no, audit_id, row_hash) values (v_head.chain_no, v_audit.audit_id, v_head.row_hash);
        v_count := v_count + 1;
    end loop;
    update ebb.audit_head h set chain_no = v_head.chain_no, row_hash = v_head.row_hash;
    return v_count;
end $$;
comment on function fn.audit_link_from(bigint) is 'Puts the entries from this one on at the end of the chain; whoever else commits some meanwhile waits for the head. Returns how many.';
drop function if exists fn.audit_link_add(ebb.audit);

create or replace function fn.audit_linked() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- At commit, when the transaction takes no other lock any more: so the head cannot be part of a deadlock, and nobody waits for it longer than a
    -- commit takes. The first entry takes the others of its transaction along (nobody else's are visible without a link), so the head moves once.
    if not exists (select from ebb.audit_link l where l.audit_id = new.audit_id) then
        perform fn.audit_link_from(new.audit_id);
    end if;
    return null;
end $$;
comment on function fn.audit_linked() is 'Trigger, at commit: links the transaction''s entries into the chain.';

create or replace function fn.audit_link_old() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Only ever for a desk whose audit is older than the chain: an empty chain takes over what is there.
    if exists (select from ebb.audit_link) or (select h.chain_no from ebb.audit_head h) <> 0 or not exists (select from ebb.audit) then
        return 0;
    end if;
    return fn.audit_link_from(0);
end $$;
comment on function fn.audit_link_old() is 'Links the entries from before there was a chain, once; returns how many.';

create or replace function fn.audit_faults(p_noted jsonb default '[]')
returns table (fault text, chain_no bigint, audit_id bigint, sentence text)
language sql stable
begin atomic
    with link as (
        select l.chain_no, l.audit_id, l.row_hash, lag(l.chain_no, 1, 0::bigint) over w as before_no, lag(l.row_hash, 1, repeat('0', 64)) over w as before_hash, a as entry, a.audit_id is not null as is_there
          from ebb.audit_link l left join ebb.audit a on a.audit_id = l.audit_id
        window w as (order by l.chain_no)),
    last as (select l.chain_no, l.row_hash from ebb.audit_link l order by l.chain_no desc limit 1)
    select 'gap', l.before_no + 1, null::bigint,
           case when l.chain_no = l.before_no + 2 then format('Link %s is missing.', l.before_no + 1) else format('Links %s to %s are missing.', l.before_no + 1, l.chain_no - 1) end
      from link l where l.chain_no <> l.before_no + 1
    union all
    select 'gone', l.chain_no, l.audit_id, format('Entry %s, link %s, has been removed.', l.audit_id, l.chain_no) from link l where not l.is_there
    union all
    -- After a gap there is no hash to go on from; the gap itself has been named.
    select 'changed', l.chain_no, l.audit_id, format('Entry %s, link %s, is not what was written, or stands in another place.', l.audit_id, l.chain_no)
      from link l where l.is_there and l.chain_no = l.before_no + 1 and l.row_hash <> fn.audit_hash(l.before_hash, fn.audit_text(l.chain_no, l.entry))
    union all
    select 'unlinked', null, a.audit_id, format('Entry %s is in no link: it was not written by the desk.', a.audit_id)
      from ebb.audit a where not exists (select from ebb.audit_link l where l.audit_id = a.audit_id)
    union all
    select 'head', h.chain_no, null, format('The head says that the chain ends with link %s (%s); it ends with link %s (%s).', h.chain_no, left(h.row_hash, 12), coalesce(l.chain_no, 0), coalesce(left(l.row_hash, 12), 'none'))
      from ebb.audit_head h left join last l on true
     where (h.chain_no, h.row_hash) is distinct from (coalesce(l.chain_no, 0), coalesce(l.row_hash, repeat('0', 64)))
    union all
    select 'head', null, null, 'The head of the chain is gone.' where not exists (select from ebb.audit_head)
    union all
    select 'truncated', null, null, format('The chain does not pass through the noted head %s: what it had then has been removed or written anew.', n.noted)
      from jsonb_array_elements_text(p_noted) n (noted)
     where n.noted <> repeat('0', 64) and not exists (select from ebb.audit_link l where l.row_hash = n.noted);
end;
comment on function fn.audit_faults(jsonb) is 'What does not fit in the chain of the audit, computed anew from its entries: missing links, entries changed, removed, put elsewhere or slipped in, another head than the end, and noted heads through which it does not pass. Nothing: the chain holds.';

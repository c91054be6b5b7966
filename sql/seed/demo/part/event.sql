-- SPDX-License-Identifier: Apache-2.0
-- From steps to rows: comments, hand-overs and the journal, as the desk's triggers would have written them.

-- A {place} becomes an argument of format(), which fills all of them in one pass.
create temp table place (word text primary key, position int generated always as identity);
insert into place (word) select unnest('{n,day,site,room,floor,asset,phone,who,firm,code,doc,amount,tool}'::text[]);
create temp table template_format as
with recursive r as (
    select template_id, subject || chr(1) || story as text, 0 as position from template
    union all
    select r.template_id, replace(r.text, '{' || p.word || '}', '%' || p.position || '$s'), p.position from r join place p on p.position = r.position + 1
)
select template_id, text from r where position = (select max(position) from place);

create temp table body as
with filled as materialized (
    select p.ticket_id, string_to_array(format(t.text,
               2 + pg_temp.pick(p.ticket_id, 60, 28),
               pg_temp.word(p.ticket_id, 61, '{Monday,Tuesday,Wednesday,Thursday,Friday}'),
               pg_temp.word(p.ticket_id, 62, '{Harrowby,Lindmoor,Castle Venn,Quillmouth}'),
               pg_temp.word(p.ticket_id, 63, '{A,B,C,D,E}') || '-' || (101 + pg_temp.pick(p.ticket_id, 64, 320)),
               1 + pg_temp.pick(p.ticket_id, 65, 6),
               'NB-' || (1000 + pg_temp.pick(p.ticket_id, 66, 8999)),
               '555-0' || (100 + pg_temp.pick(p.ticket_id, 67, 100)),
               pg_temp.word(p.ticket_id, 68, '{Corvin Dornley,Isra Fennow,Jolen Stavish,Lulis Marrmere,Nodor Quillova,Peton Yarrquist,Saren Holliadne,Wenbel Ostwen}'),
               pg_temp.word(p.ticket_id, 69, '{Braxel & Sons,Dunmorra Ltd,Fillowick Metals,Garnsey Freight,Hobbeltrane,Jessup Ort,Marrowfield Seeds,Tindle Brothers}'),
               pg_temp.word(p.ticket_id, 70, '{Heron,Kestrel,Plover,Wagtail,Dipper,Siskin}') || '-' || (1 + pg_temp.pick(p.ticket_id, 71, 40)),
               pg_temp.word(p.ticket_id, 72, '{INV,ORD,DN}') || '-' || (20000 + pg_temp.pick(p.ticket_id, 73, 79999)),
               50 * (1 + pg_temp.pick(p.ticket_id, 74, 300)),
               pg_temp.word(p.ticket_id, 75, '{Chartwright,Notelark,Pixelbarn,Sumfold,Drawspar}')), chr(1)) as texts
      from plan p join template_format t on t.template_id = p.template_id
)
select ticket_id, texts[1] as subject, texts[2] as description from filled;

-- Who does it.
create temp table act as
select e.ticket_id, e.ord, e.verb, e.at, s.path_id, l.department_id,
       case s.actor when 'requester' then l.requester_id when 'system' then null when 'owner' then l.accountable_person_id
                    when 'lead' then g.lead_id when 'receiver' then case s.verb when 'X' then g.lead_id else h.lead_id end
                    else coalesce(l.holders[s.run], l.holders[s.run_0], g.lead_id) end as actor_id,
       case s.actor when 'requester' then 'requester' when 'system' then 'system' else 'agent' end as actor_kind
  from ev e
  join step s on s.path_id = e.path_id and s.ord = e.ord
  join life l on l.ticket_id = e.ticket_id
  join team_members g on g.team_id = l.sides[1 + s.side]
  join team_members h on h.team_id = l.sides[2 - s.side];

create temp table note as
select a.ticket_id, s.comment_no, s.ord, row_number() over (order by a.at, a.ticket_id) as comment_id, a.department_id, a.actor_id, a.at,
       a.verb = 'I' as is_internal, a.verb <> 'Q' as is_from_desk, pg_temp.word(a.ticket_id * 32 + a.ord, 80, p.words) as body
  from act a join step s on s.path_id = a.path_id and s.ord = a.ord join phrase p on p.verb = a.verb where a.verb in ('C', 'I', 'Q');
create temp table handover as
select a.ticket_id, s.transfer_no, row_number() over (order by a.at, a.ticket_id) as transfer_id, a.department_id, a.verb, a.actor_id, a.at,
       l.sides[1 + s.side] as from_team_id, l.sides[2 - s.side] as to_team_id, s.side,
       -- A hop counts the acceptances before it: the other side holds the ticket after an odd number of them.
       1 + (select count(*) from step x where x.path_id = s.path_id and x.ord < s.ord and x.verb = 'X')::int as hop,
       b.verb as answer, b.at as answered_at, b.actor_id as answered_by
  from act a
  join step s on s.path_id = a.path_id and s.ord = a.ord
  join life l on l.ticket_id = a.ticket_id
  left join act b on b.ticket_id = a.ticket_id and b.ord = a.ord + 1
 where a.verb in ('F', 'G');
-- Waiting ends with what ended it, or lies ahead of a ticket that still waits; now and then its date has just passed.
create temp table pause as
select a.ticket_id, a.ord,
       case when b.verb = 'y' then greatest(a.at + (b.at - a.at) / 2, b.at - 5 * pg_temp.u(a.ticket_id, 90) * interval '1 second')
            when b.at is not null then b.at + (0.2 + 5 * pg_temp.u(a.ticket_id, 91)) * interval '1 day'
            when pg_temp.u(a.ticket_id, 92) < 0.04 then greatest(a.at + interval '1 minute', s.until - pg_temp.u(a.ticket_id, 93) * interval '2 hours')
            else date_trunc('hour', s.until + (0.4 + 13 * pg_temp.u(a.ticket_id, 94)) * interval '1 day') end as waiting_until
  from setting s, act a join step t on t.path_id = a.path_id and t.ord = a.ord left join act b on b.ticket_id = a.ticket_id and b.ord = t.resume_ord
 where a.verb in ('w', 's', 'p', 'd');
create unique index on note (ticket_id, comment_no);
create unique index on handover (ticket_id, transfer_no);
create unique index on pause (ticket_id, ord);
analyze act (ticket_id, ord); analyze note (ticket_id); analyze handover (ticket_id); analyze pause (ticket_id); analyze body (ticket_id);

create function pg_temp.said(p_story text, p_verb text, p_ticket_id bigint, p_ord int, p_words text[]) returns text language sql immutable
return case when p_story = 'sweep' then 'Closed in the spring clean of the queue.' when p_verb = 'y' then 'The date to look again has come.'
            else pg_temp.word(p_ticket_id * 32 + p_ord, 81, p_words) end;
create function pg_temp.pair(p_old anyelement, p_new anyelement) returns jsonb language sql immutable
as $$ select case when p_old is distinct from p_new then jsonb_build_array(p_old, p_new) end $$;
-- Urgency after somebody changed it.
create function pg_temp.moved(p_urgency int) returns int language sql immutable return case when p_urgency > 1 then p_urgency - 1 else 2 end;

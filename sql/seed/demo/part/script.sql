-- SPDX-License-Identifier: Apache-2.0
-- Lives of tickets as words: one letter per event.  A ticket gets a path by the story of its service; each step then has a
-- fixed meaning (state, holder, offer before and after), worked out once here, so that events.sql only joins.
--   O opened   T taken   A assigned by the lead   C public answer   I internal note   Q requester writes (ends a wait for them)
--   U urgency raised   w/s/p/d waits for requester, supplier, approval, a date   r resumed by hand   y resumed by the clock
--   F offered to the other team   G offered back   X accepted   N returned   S resolved   P reopened   K closed   Z cancelled

create temp table path (path_id int generated always as identity primary key, story text not null, letters text not null, weight float8 not null);
insert into path (story, letters, weight)
select s.story, p.letters, p.weight
  from (values ('plain', 1.0), ('reopened', 1), ('bouncing', 0.5), ('approval', 0.7), ('supplier', 0.7), ('scheduled', 0.4), ('stopwatch', 0.8), ('ageing', 1), ('pushed', 1)) as s (story, share)
 cross join lateral (select letters, w * s.share as weight
                       from (values ('OTSK', 22), ('OTCSK', 24), ('OACSK', 10), ('OTCwQCSK', 9), ('OTCwQSK', 4), ('OTCwySK', 2), ('OTCsrSK', 4), ('OTIprCSK', 2),
                                    ('OTCdySK', 2), ('OTIFXTCSK', 5), ('OIFXACSK', 3), ('OTFNCSK', 2), ('OTFXTIGXTCSK', 1.2), ('OTCSPCSK', 3), ('OUTCSK', 2),
                                    ('OZ', 2), ('OTCwyZ', 1.5)) as x (letters, w)) as p
union all values ('bouncing', 'OTIFXTCGXTCSK', 18), ('bouncing', 'OTFXTIGXTFXTCSK', 14), ('bouncing', 'OIFXTGXACFXTCSK', 6), ('bouncing', 'OTFNIFXTSK', 3),
                 ('reopened', 'OTCSPCSK', 15), ('reopened', 'OTCSPICSPCSK', 4), ('approval', 'OTIprCSK', 25), ('approval', 'OTCprSK', 15),
                 ('supplier', 'OTCsrSK', 22), ('supplier', 'OTCsrCsrSK', 8), ('supplier', 'OTCwQsrCSK', 5), ('scheduled', 'OTCdySK', 30), ('scheduled', 'OTCdrSK', 10),
                 ('stopwatch', 'OTwQCSK', 18), ('stopwatch', 'OTIwQSK', 14), ('pushed', 'OUTCSK', 12), ('pushed', 'OTCUSK', 8), ('sweep', 'OSK', 1);

create temp table step (
    path_id int, ord int, verb text, state_0 smallint, state smallint, reason_0 text, reason text, side int, run_0 int, run int, actor text,
    is_answer boolean, comment_no int, transfer_no int, note text, note_0 text, note_at int, note_at_0 int, wait_ord int, resume_ord int, end_ord int, gap float8, is_late boolean, fixed jsonb,
    primary key (path_id, ord));

do $$
declare
    p path; v text; i int; s step;
    v_runs int; v_comments int; v_transfers int; v_offer text; v_hops int; v_answered boolean; v_ended boolean;
begin
    for p in select * from path loop
        s := null; s.path_id := p.path_id; s.state := 1; s.side := 0;
        v_runs := 0; v_comments := 0; v_transfers := 0; v_offer := null; v_hops := 0; v_answered := false; v_ended := false;
        for i in 1 .. length(p.letters) loop
            v := substr(p.letters, i, 1);
            s.ord := i; s.verb := v; s.state_0 := s.state; s.reason_0 := s.reason; s.run_0 := s.run; s.note_0 := s.note; s.note_at_0 := s.note_at;
            s.is_answer := v = 'C' and not v_answered; s.is_late := v_ended;
            v_answered := v_answered or v = 'C';
            if v in ('C', 'I', 'Q') then v_comments := v_comments + 1; end if;
            s.comment_no := v_comments;
            s.actor := case when v in ('O', 'Q', 'P') or p.letters = 'OZ' then 'requester' when v in ('y', 'K') then 'system' when v = 'A' then 'lead'
                            when v = 'X' and v_hops > 0 then 'owner' when v in ('X', 'N') then 'receiver' else 'holder' end;
            if v in ('T', 'A') or (v = 'S' and s.run is null) then v_runs := v_runs + 1; s.run := v_runs; end if;
            if v in ('F', 'G') then v_transfers := v_transfers + 1; v_offer := v; end if;
            s.transfer_no := v_transfers;
            if v = 'X' then v_hops := v_hops + 1; s.side := case v_offer when 'F' then 1 else 0 end; s.run := null; end if;
            if v in ('T', 'A', 'P', 'r', 'y') and s.state <> 2 or v = 'Q' and s.reason = 'requester' then s.state := 2; end if;
            if v in ('w', 's', 'p', 'd') then
                s.state := 3; s.wait_ord := i;
                s.reason := case v when 'w' then 'requester' when 's' then 'supplier' when 'p' then 'approval' else 'scheduled' end;
                s.resume_ord := i + strpos(translate(substr(p.letters, i + 1), 'Qry', 'rrr'), 'r');
            elsif s.state <> 3 then
                s.reason := null;
            end if;
            if v in ('w', 's', 'p', 'd', 'S', 'P', 'Z', 'r', 'y') then s.note := nullif(v, 'r'); s.note_at := i; end if;
            s.state := case v when 'S' then 4 when 'K' then 5 when 'Z' then 6 else s.state end;
            s.gap := case v when 'O' then 0 when 'T' then 1.2 when 'A' then 1 when 'C' then 0.8 when 'I' then 0.7 when 'Q' then 5 when 'r' then 5 when 'y' then 6
                            when 'U' then 0.3 when 'N' then 0.6 when 'X' then 0.6 when 'F' then 1 when 'G' then 1.5 when 'P' then 5 when 'K' then 0 when 'S' then 3 else 2 end;
            -- A queue that ages: nobody takes a ticket for a long time.
            if p.story = 'ageing' and v in ('T', 'A') and s.state_0 = 1 then s.gap := s.gap * 16; end if;
            if v in ('S', 'Z') and not v_ended then v_ended := true; s.end_ord := i; else s.end_ord := null; end if;
            -- What the event changes whatever the ticket: its state and what it waits for.
            s.fixed := jsonb_strip_nulls(jsonb_build_object('state', case when s.state <> s.state_0 then jsonb_build_array(s.state_0, s.state) end,
                                                            'waiting_reason', case when s.reason is distinct from s.reason_0 then jsonb_build_array(s.reason_0, s.reason) end));
            insert into step select s.*;
        end loop;
        update step set end_ord = (select x.end_ord from step x where x.path_id = p.path_id and x.end_ord is not null) where path_id = p.path_id;
    end loop;
end $$;

-- What a whole path is: where it ends, how many events, and on whose side each holder stands.
create temp table path_plan as
select p.path_id, p.story, p.letters, p.weight, max(s.ord) as last_ord, max(s.end_ord) as end_ord,
       array_agg(s.side order by s.ord) filter (where s.run is distinct from s.run_0 and s.run is not null) as run_side,
       min(s.ord) filter (where s.verb = 'w') as ask_ord,
       min(s.ord) filter (where s.verb in ('w', 's', 'p', 'd')) as wait_ord
  from path p join step s on s.path_id = p.path_id group by p.path_id, p.story, p.letters, p.weight;

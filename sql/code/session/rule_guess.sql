-- SPDX-License-Identifier: Apache-2.0
-- Guessing: every attempt is counted before the pass-phrase is looked at, so that attempts at the same time count as well, and a
-- success takes the count back. Delays grow and end; nobody is locked out for good, and from a network that the person has
-- used before, what strangers do elsewhere delays nobody.

create or replace function fn.account_hash(p_email text) returns bytea
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select sha256(convert_to('account ' || lower(p_email), 'UTF8') || d.secret) from ebb.desk_secret d);
end $$;
comment on function fn.account_hash(text) is 'Under what the attempts of an address are counted, whether anybody has it or not.';

create or replace function fn.guess_delay_s(p_count int) returns int
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return case when p_count < 5 then 0 else least(power(2, least(p_count - 5, 20)), 900)::int end;
end $$;
comment on function fn.guess_delay_s(int) is 'Seconds to wait after so many failures: none after four, then 1, 2, 4 and so on to 15 minutes.';

create or replace function fn.guess_network(p_email text, p_network text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((select n.network from ebb.person p join ebb.sign_in_network n on n.person_id = p.person_id
                      where p.email = lower(p_email) and n.network = p_network and n.seen_at > fn.now() - interval '90 days'), '');
end $$;
comment on function fn.guess_network(text, text) is 'The counter of an attempt: the network, if the person has signed in from it within 90 days, else the one of all others.';

create or replace function fn.guess_begin(p_email text, p_network text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_account constant bytea := fn.account_hash(p_email);
    v_network constant text := fn.guess_network(p_email, p_network);
    v_failure ebb.sign_in_failure;
    v_now timestamptz;
begin
    loop
        insert into ebb.sign_in_failure (account_hash, network, failure_count, failed_at, wait_until) values (v_account, v_network, 0, fn.now(), fn.now())
        on conflict do nothing;
        select * into v_failure from ebb.sign_in_failure f where f.account_hash = v_account and f.network = v_network for update;
        exit when found; -- else it was cleared away in between
    end loop;
    v_now := fn.now();
    if v_failure.wait_until > v_now then
        return ceil(extract(epoch from v_failure.wait_until - v_now))::int;
    end if;
    if v_failure.failed_at < v_now - interval '24 hours' then
        v_failure.failure_count := 0;
    end if;
    update ebb.sign_in_failure f
       set failure_count = v_failure.failure_count + 1, failed_at = v_now,
           wait_until = v_now + make_interval(secs => fn.guess_delay_s(v_failure.failure_count + 1))
     where f.account_hash = v_account and f.network = v_network;
    return 0;
end $$;
comment on function fn.guess_begin(text, text) is 'Counts an attempt as failed before it is looked at; returns the seconds to wait when none may be made now, else 0.';
grant execute on function fn.guess_begin(text, text) to ebb_api;

create or replace function fn.guess_was_no_guess(p_email text, p_network text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Only this attempt is taken back: a right pass-phrase alone shall not wipe out the wrong codes before it.
    update ebb.sign_in_failure f set failure_count = greatest(f.failure_count - 1, 0), wait_until = fn.now()
     where f.account_hash = fn.account_hash(p_email) and f.network = fn.guess_network(p_email, p_network);
end $$;
comment on function fn.guess_was_no_guess(text, text) is 'Takes the attempt under way back: the pass-phrase was right and something else is still missing.';
grant execute on function fn.guess_was_no_guess(text, text) to ebb_api;

create or replace function fn.guess_end(p_email text, p_network text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.sign_in_failure f set failure_count = 0, wait_until = fn.now()
     where f.account_hash = fn.account_hash(p_email) and f.network = fn.guess_network(p_email, p_network);
end $$;
comment on function fn.guess_end(text, text) is 'Forgets the failures of an account in the network of this attempt: it has succeeded.';
grant execute on function fn.guess_end(text, text) to ebb_api;

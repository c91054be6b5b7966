-- SPDX-License-Identifier: Apache-2.0
-- When tickets arrive: 18 months of hours, weighted by weekday, hour, holiday season and growth, each with noise of its own.

-- The end of the story; every instant below lies before it.
create temp table setting as
select coalesce(nullif(:'until', '')::timestamptz, date_trunc('second', now())) as until, :tickets::int as tickets, :open_share::float8 as open_share;

create temp table slot as
with hour as materialized (
    select z.zone, z.share, s.until - make_interval(hours => k) as starts_at, k,
           (s.until - make_interval(hours => k)) at time zone z.zone as local
      from setting s,
           (select zone, sum(weight) / sum(sum(weight)) over () as share from service_plan group by zone) as z,
           generate_series(1, (extract(epoch from s.until - (s.until - interval '18 months')) / 3600)::int) as k
), weighted as materialized (
    select h.*, (array[1.25, 1.1, 1.05, 1.0, 0.85, 0.1, 0.06])[extract(isodow from local)::int]
                * (array[1, 1, 1, 1, 1, 3, 12, 40, 85, 100, 95, 75, 55, 70, 80, 70, 50, 28, 12, 7, 5, 4, 2, 1]::float8[])[1 + extract(hour from local)::int]
                * case when to_char(local, 'MM-DD') between '12-24' and '12-31' then 0.15 when extract(month from local) = 8 then 0.8 else 1 end
                * (1.1 - 0.2 * k / 13176)
                * exp(0.15 * pg_temp.normal((local::date - date '2000-01-01')::bigint, 20)) as weight
      from hour h
)
select zone, starts_at, sum(share * weight / total) over w - share * weight / total as low, sum(share * weight / total) over w as high
  from (select *, sum(weight) over (partition by zone) as total from weighted) x window w as (order by starts_at, zone);

-- Ticket numbers follow the order of arrival.
create temp table arrival as
select row_number() over (order by opened_at, n) as ticket_id, zone, opened_at
  from (select n, s.zone, date_trunc('milliseconds', s.starts_at + pg_temp.u(n, 21) * interval '59 minutes 58 seconds') as opened_at
          from setting c, slot s, generate_series(floor(s.low * c.tickets)::int + 1, floor(s.high * c.tickets + 1e-6)::int) as n) x;

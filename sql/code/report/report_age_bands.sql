-- SPDX-License-Identifier: Apache-2.0
-- The bands of age as rows, so that an age at any instant finds its band without anybody writing the limits down again.

create or replace view reporting_v1.dim_age_bands as
select fn.age_band(b.from_hours) as age_band,
       b.from_hours::numeric as from_hours,
       lead(b.from_hours) over (order by b.from_hours)::numeric as to_hours,
       row_number() over (order by b.from_hours)::int as sort_position
  from (values (0), (24), (72), (168), (720), (2160)) b (from_hours);
comment on view reporting_v1.dim_age_bands is 'band of ages: those of backlog_now.age_band.';
comment on column reporting_v1.dim_age_bands.age_band is 'Key; the number in front keeps the order; example: 2: 1 to 3 days.';
comment on column reporting_v1.dim_age_bands.from_hours is 'Ages from here on. Unit: hours.';
comment on column reporting_v1.dim_age_bands.to_hours is 'Ages below this; NULL for the last band. Unit: hours.';
comment on column reporting_v1.dim_age_bands.sort_position is 'Place in the order, from 1.';
grant select on reporting_v1.dim_age_bands to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;

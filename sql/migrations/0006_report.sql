-- SPDX-License-Identifier: Apache-2.0
-- What reports need as tables: in which time zone a day begins, and the days themselves.

create table ebb.report_setting (
    only_row boolean primary key default true constraint report_setting_one_row check (only_row),
    time_zone_name text not null default 'UTC' constraint report_setting_zone_known check (pg_catalog.timezone(time_zone_name, timestamptz '2000-01-01 00:00+00') is not null)
);
alter table ebb.report_setting enable row level security;
comment on table ebb.report_setting is 'Settings of the reports; one row.';
comment on column ebb.report_setting.only_row is 'Always true: there is one row.';
comment on column ebb.report_setting.time_zone_name is 'Time zone of every date in the reports, as in the tz database; example: Europe/Berlin. Told in reporting_v1.contract_info.';
insert into ebb.report_setting default values;

-- A real table with a key, because tools that draw time axes want one; everything else in reporting_v1 is a view.
set role ebb_report;
create table reporting_v1.dim_date (
    date date primary key,
    year int not null,
    quarter int not null,
    month int not null,
    month_name text not null,
    month_start_date date not null,
    iso_year int not null,
    iso_week int not null,
    week_start_date date not null,
    day_of_week int not null,
    day_name text not null,
    is_weekend boolean not null
);
comment on table reporting_v1.dim_date is 'day: calendar attributes of each date, to join any ..._date column; from 2000-01-01 to 2060-12-31.';
comment on column reporting_v1.dim_date.date is 'The day; key; example: 2025-03-31.';
comment on column reporting_v1.dim_date.year is 'Calendar year; example: 2025.';
comment on column reporting_v1.dim_date.quarter is 'Quarter of the year, 1 to 4.';
comment on column reporting_v1.dim_date.month is 'Month of the year, 1 to 12.';
comment on column reporting_v1.dim_date.month_name is 'English name of the month; example: March.';
comment on column reporting_v1.dim_date.month_start_date is 'First day of the month, to group by months; example: 2025-03-01.';
comment on column reporting_v1.dim_date.iso_year is 'Year to which the ISO 8601 week belongs; differs from year around New Year.';
comment on column reporting_v1.dim_date.iso_week is 'ISO 8601 week, 1 to 53.';
comment on column reporting_v1.dim_date.week_start_date is 'Monday of the week, to group by weeks; example: 2025-03-31.';
comment on column reporting_v1.dim_date.day_of_week is 'Day of the week, 1 (Monday) to 7 (Sunday).';
comment on column reporting_v1.dim_date.day_name is 'English name of the day; example: Monday.';
comment on column reporting_v1.dim_date.is_weekend is 'True on Saturday and Sunday; it says nothing about working calendars.';

insert into reporting_v1.dim_date
select d::date, extract(year from d)::int, extract(quarter from d)::int, extract(month from d)::int, to_char(d, 'FMMonth'), date_trunc('month', d)::date,
       extract(isoyear from d)::int, extract(week from d)::int, date_trunc('week', d)::date, extract(isodow from d)::int, to_char(d, 'FMDay'), extract(isodow from d) > 5
  from generate_series(timestamp '2000-01-01', timestamp '2060-12-31', interval '1 day') as d;
grant select on reporting_v1.dim_date to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
set role ebb_owner;

-- SPDX-License-Identifier: Apache-2.0
-- Which calendar a service had before: a clock that stopped under it stays measured by it.

alter table ebb.service add column calendar_since timestamptz;
comment on column ebb.service.calendar_since is 'When it took its present calendar; NULL when it never had another.';

create table ebb.service_calendar (
    service_id int not null references ebb.service,
    until_at timestamptz not null,
    calendar_id int not null references ebb.calendar,
    department_id int not null references ebb.department,
    primary key (service_id, until_at)
);
create index service_calendar_calendar_idx on ebb.service_calendar (calendar_id);
create index service_calendar_department_idx on ebb.service_calendar (department_id);
alter table ebb.service_calendar enable row level security;
comment on table ebb.service_calendar is 'Calendars that services had before their present one; only added to.';
comment on column ebb.service_calendar.service_id is 'Service.';
comment on column ebb.service_calendar.until_at is 'Until when it had that calendar.';
comment on column ebb.service_calendar.calendar_id is 'Calendar.';
comment on column ebb.service_calendar.department_id is 'Department of the service.';

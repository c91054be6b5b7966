-- SPDX-License-Identifier: Apache-2.0
-- People and what they do here, administered: versions for what is changed by two at once, roles within a team, skills, shifts, absences.

do $$
declare t text;
begin
    foreach t in array array['department', 'person', 'team', 'service', 'request_type'] loop
        execute format('alter table ebb.%I add column version int not null default 1', t);
        execute format('comment on column ebb.%I.version is %L', t, 'Counts changes; the ETag.');
    end loop;
end $$;

alter table ebb.membership add column membership_role text not null default 'member'
    constraint membership_role_known check (membership_role in ('member', 'deputy'));
comment on column ebb.membership.membership_role is 'member, or deputy: leads the team while its lead is away. The lead stands in the team itself.';

create table ebb.skill (
    skill_id int generated always as identity primary key,
    version int not null default 1,
    department_id int not null references ebb.department,
    skill_name text not null constraint skill_name_length check (length(skill_name) between 1 and 80),
    is_active boolean not null default true,
    constraint skill_name_unique unique (department_id, skill_name),
    constraint skill_department_key unique (skill_id, department_id)
);
comment on table ebb.skill is 'What a department''s people can do, as a list of its own words.';
comment on column ebb.skill.skill_id is 'Key.';
comment on column ebb.skill.version is 'Counts changes; the ETag.';
comment on column ebb.skill.department_id is 'Department whose word it is.';
comment on column ebb.skill.skill_name is 'Name; example: Firewalls.';
comment on column ebb.skill.is_active is 'False: given to nobody any more.';

create table ebb.person_skill (
    person_id int not null references ebb.person,
    skill_id int not null,
    department_id int not null,
    skill_level smallint not null constraint person_skill_level_range check (skill_level between 1 and 3),
    primary key (person_id, skill_id),
    foreign key (skill_id, department_id) references ebb.skill (skill_id, department_id)
);
create index person_skill_skill_idx on ebb.person_skill (skill_id, department_id);
comment on table ebb.person_skill is 'Who can do what, and how well.';
comment on column ebb.person_skill.person_id is 'Person.';
comment on column ebb.person_skill.skill_id is 'Skill.';
comment on column ebb.person_skill.department_id is 'Department of the skill.';
comment on column ebb.person_skill.skill_level is '1 knows it, 2 works with it, 3 teaches it.';

create table ebb.shift (
    shift_id int generated always as identity primary key,
    version int not null default 1,
    department_id int not null,
    team_id int not null,
    person_id int not null references ebb.person,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    is_on_call boolean not null default false,
    note text,
    constraint shift_order check (starts_at < ends_at and ends_at <= starts_at + interval '31 days'),
    constraint shift_note_length check (length(note) <= 500),
    foreign key (team_id, department_id) references ebb.team (team_id, department_id)
);
create index shift_team_idx on ebb.shift (team_id, department_id, starts_at);
create index shift_person_idx on ebb.shift (person_id, starts_at);
comment on table ebb.shift is 'When somebody is planned to work for a team.';
comment on column ebb.shift.shift_id is 'Key.';
comment on column ebb.shift.version is 'Counts changes; the ETag.';
comment on column ebb.shift.department_id is 'Department of the team.';
comment on column ebb.shift.team_id is 'Team.';
comment on column ebb.shift.person_id is 'Who works; a member of the team.';
comment on column ebb.shift.starts_at is 'Begin.';
comment on column ebb.shift.ends_at is 'End; at most 31 days after the begin.';
comment on column ebb.shift.is_on_call is 'True: reachable, not at work.';
comment on column ebb.shift.note is 'Remark, or NULL.';

create table ebb.absence (
    absence_id int generated always as identity primary key,
    version int not null default 1,
    department_id int not null references ebb.department,
    person_id int not null references ebb.person,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    deputy_person_id int references ebb.person,
    constraint absence_order check (starts_at < ends_at),
    constraint absence_other_deputy check (deputy_person_id <> person_id)
);
create index absence_person_idx on ebb.absence (person_id, ends_at);
create index absence_department_idx on ebb.absence (department_id, ends_at);
create index absence_deputy_idx on ebb.absence (deputy_person_id);
comment on table ebb.absence is 'When somebody is away, and who stands in; why is nobody''s business and is not kept.';
comment on column ebb.absence.absence_id is 'Key.';
comment on column ebb.absence.version is 'Counts changes; the ETag.';
comment on column ebb.absence.department_id is 'Department of the person.';
comment on column ebb.absence.person_id is 'Who is away.';
comment on column ebb.absence.starts_at is 'From when.';
comment on column ebb.absence.ends_at is 'Until when.';
comment on column ebb.absence.deputy_person_id is 'Who stands in, or NULL.';

do $$
declare t text;
begin
    foreach t in array array['skill', 'person_skill', 'shift', 'absence'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;

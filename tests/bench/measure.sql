-- SPDX-License-Identifier: Apache-2.0
-- Where the figures of a run are kept until they are reported.
drop table if exists measure, memory, growth, plugin_create, plugin_events, plugin_harm, sla_write, sla_time, rls;
create table measure (
    call text not null, side text not null, connections int not null, round int not null, requests bigint not null, per_second float8 not null, p50_ms float8, p99_ms float8,
    failed bigint not null, bytes float8, nginx_us float8, worker_us float8, other_us float8, postgres_us float8);
comment on table measure is 'One row per stretch of load: side is desk (wrk through nginx and ebbd), same (pgbench, the same calls) or bare (pgbench, plain SQL).';
create table memory (after_requests bigint not null, worker_count int not null, largest_kb int not null, mean_kb int not null);
comment on table memory is 'Private memory of the workers after so many mixed requests.';
create table growth (call text not null, tickets int not null, round int not null, per_second float8 not null);
comment on table growth is 'The same calls by pgbench against a desk of half the size and of full size.';
create table plugin_create (
    side text not null, connections int not null, round int not null, requests bigint not null, per_second float8 not null, p50_ms float8 not null, p99_ms float8 not null, failed bigint not null,
    worker_us float8 not null, postgres_us float8 not null, host_us float8 not null);
comment on table plugin_create is 'One row per stretch of creates through the desk, with none, one or five plugins asked, or one that works by rules.';
create table plugin_events (round int not null, events int not null, seconds float8 not null, courier_us float8 not null, host_us float8 not null, postgres_us float8 not null, actions bigint not null);
comment on table plugin_events is 'Events through a plugin with two hundred rules: time for all, CPU per event, actions so far.';
create table plugin_harm (side text not null, round int not null, requests bigint not null, p50_ms float8 not null, p99_ms float8 not null, failed bigint not null, incidents int not null);
comment on table plugin_harm is 'One row per stretch of creates in one department while in another a plugin does nothing, crashes or hangs.';
create table sla_write (call text not null, side text not null, round int not null, per_second float8 not null);
comment on table sla_write is 'Creates and changes by pgbench, with the clocks of service levels and without.';
create table sla_time (name text not null, ms float8 not null);
comment on table sla_time is 'How long something with many clocks takes: recompute of 100,000 tickets, view over all open clocks, the same counted on the table.';
create table rls (call text not null, person text not null, side text not null, round int not null, per_second float8 not null, cpu_us float8 not null);
comment on table rls is 'The same calls as the web''s log-in with policies and without, for a person with one department and for one with five.';

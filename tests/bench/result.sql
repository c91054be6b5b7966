-- SPDX-License-Identifier: Apache-2.0
-- The same as one JSON object, for whoever compares runs.
\ir bars.sql
\pset tuples_only on
\pset format unaligned
select jsonb_pretty(jsonb_build_object(
    'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'tickets', :tickets, 'seconds', :seconds, 'rounds', :rounds, 'processors', :processors, 'postgresql', current_setting('server_version'),
    'calls', (select jsonb_agg(to_jsonb(f) || jsonb_build_object('is_below', f.ratio < f.ratio_bar, 'is_front_above', f.front_us > f.front_bar_us) order by f.call, f.connections) from figure f),
    'memory', (select jsonb_agg(m order by m.after_requests) from memory m),
    'plugin_create', (select jsonb_agg(c order by c.connections, c.side, c.round) from plugin_create c),
    'plugin_events', (select jsonb_agg(e order by e.round) from plugin_events e),
    'plugin_harm', (select jsonb_agg(h order by h.side, h.round) from plugin_harm h),
    'sla_write', (select jsonb_agg(w order by w.call, w.side, w.round) from sla_write w), 'sla_time', (select jsonb_agg(t order by t.name) from sla_time t),
    'rls', (select jsonb_agg(r order by r.call, r.person, r.side, r.round) from rls r),
    'growth', (select jsonb_agg(g order by g.call, g.tickets, g.round) from growth g),
    'rounds_each', (select jsonb_agg(m order by m.call, m.connections, m.round, m.side) from measure m)));

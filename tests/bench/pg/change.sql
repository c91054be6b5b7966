-- SPDX-License-Identifier: Apache-2.0
-- Of the tickets that the creates before have left open, one gets another urgency, and by it another priority and other targets.
\set id random(:tickets + 1, :tickets + 100)
\set urgency random(1, 3)
\startpipeline
select api.enter(:agent, '0123456789abcdef0123456789abcdef', 'f', null, null);
select api.keep(api.ticket_change(('{"ticket_id":' || :id || ',"urgency":' || :urgency || '}')::json), 200);
\endpipeline

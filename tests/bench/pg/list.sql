-- SPDX-License-Identifier: Apache-2.0
\set team random(1, 4)
\startpipeline
select api.enter(:agent, '0123456789abcdef0123456789abcdef', 't', null, null);
select * from api.ticket_list(('{"state":"open","team_id":' || :team || ',"sort":"due_at","limit":50}')::json);
\endpipeline

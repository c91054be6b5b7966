-- SPDX-License-Identifier: Apache-2.0
\set id random(1, :tickets)
\startpipeline
select api.enter(:reader, '0123456789abcdef0123456789abcdef', 't', null, null);
select api.ticket_get(('{"ticket_id":' || :id || '}')::json);
\endpipeline

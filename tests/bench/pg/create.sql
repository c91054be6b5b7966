-- SPDX-License-Identifier: Apache-2.0
\set n random(1, 1000000)
\set service random(1, 14)
\startpipeline
select api.enter(:agent, '0123456789abcdef0123456789abcdef', 'f', null, null);
select api.keep(api.ticket_open(('{"subject":"Remote access drops ' || :n || '","description":"' || :story || '","service_id":' || :service || '}')::json), 201);
\endpipeline

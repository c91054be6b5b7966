-- SPDX-License-Identifier: Apache-2.0
\startpipeline
select api.enter(:agent, '0123456789abcdef0123456789abcdef', 't', null, null);
select * from api.ticket_list('{"limit":50}'::json);
\endpipeline

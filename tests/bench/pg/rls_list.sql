-- SPDX-License-Identifier: Apache-2.0
select * from api.ticket_list(('{"limit":50}')::json);

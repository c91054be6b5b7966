-- SPDX-License-Identifier: Apache-2.0
select * from api.ticket_list(('{"team_id":1,"state":"open","sort":"due_at","limit":50}')::json);

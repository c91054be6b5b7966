-- SPDX-License-Identifier: Apache-2.0
select * from api.ticket_list(('{"assignee_id":' || :person || ',"state":"open","limit":50}')::json);

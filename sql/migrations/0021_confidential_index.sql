-- SPDX-License-Identifier: Apache-2.0
-- An index of the confidential tickets alone would tell everybody how many there are: whoever may log in may read pg_class, with the
-- number of rows an index had when it was looked at last. One over all tickets answers the same question.

drop index ebb.ticket_confidential_idx;
create index ticket_confidential_idx on ebb.ticket (is_confidential, team_id);

-- SPDX-License-Identifier: Apache-2.0
-- Versions count themselves.

do $$
declare
    v_table text;
begin
    foreach v_table in array array['department', 'person', 'team', 'service', 'request_type', 'skill', 'shift', 'absence'] loop
        -- By its name the last one to fire, so that it sees what others have set.
        execute format('drop trigger if exists zz_record_touched on ebb.%I', v_table);
        execute format('create trigger zz_record_touched before update on ebb.%I for each row execute function fn.record_touched()', v_table);
    end loop;
end $$;

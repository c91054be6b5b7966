-- SPDX-License-Identifier: Apache-2.0
-- Columns that mean the same carry the same comment: it is written once, where the column is defined, and copied.

create or replace function fn.copy_comments(p_view regclass, p_from regclass[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_column record;
begin
    for v_column in
        select a.attname, (select col_description(f.attrelid, f.attnum) from unnest(p_from) with ordinality s (rel, n)
                             join pg_attribute f on f.attrelid = s.rel and f.attname = a.attname and f.attnum > 0
                            where col_description(f.attrelid, f.attnum) is not null order by s.n limit 1) as meaning
          from pg_attribute a where a.attrelid = p_view and a.attnum > 0 and not a.attisdropped and col_description(a.attrelid, a.attnum) is null
    loop
        if v_column.meaning is not null then
            execute format('comment on column %s.%I is %L', p_view, v_column.attname, v_column.meaning);
        end if;
    end loop;
end $$;
comment on function fn.copy_comments(regclass, regclass[]) is 'Gives the uncommented columns of a view the comments of the columns of the same name, the first source first.';
grant execute on function fn.copy_comments(regclass, regclass[]) to ebb_api, ebb_report;

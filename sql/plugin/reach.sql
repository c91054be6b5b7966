-- SPDX-License-Identifier: Apache-2.0
-- What a plugin's SQL may call. Functions of PostgreSQL that everybody may execute reach further than rows: they change settings of
-- the worker's connection, take locks that others wait for, run texts as SQL. All that could call one is read back from the
-- catalog, so it is the server's own spelling that is searched. Run by sql/apply after check.sql.
select set_config('ebb.reaching', '(\w*(?:set_config|advisory_|pg_notify|_to_xml|ts_stat|ts_rewrite|dblink|pg_sleep|pg_logical|pg_export|'
                  'lo_creat|lo_create|lo_from_bytea|lo_import|lo_put|lowrite|pg_stat_|pg_terminate|pg_cancel)\w*|\mu&(?=["'']))', true) \g /dev/null

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_schema constant oid := ('x_' || v_name)::regnamespace;
    v_word text;
    r record;
begin
    for r in select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as text, true as is_routine
               from pg_catalog.pg_proc p where p.pronamespace = v_schema and p.prokind in ('f', 'p')
             union all
             select c.oid::regclass::text, pg_get_viewdef(c.oid), false from pg_catalog.pg_class c where c.relnamespace = v_schema and c.relkind = 'v'
             union all
             select d.adrelid::regclass::text, pg_get_expr(d.adbin, d.adrelid), false from pg_catalog.pg_attrdef d join pg_catalog.pg_class c on c.oid = d.adrelid where c.relnamespace = v_schema
             union all
             select k.conname, pg_get_constraintdef(k.oid), false from pg_catalog.pg_constraint k where k.connamespace = v_schema
             union all
             select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), false from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid where c.relnamespace = v_schema
             union all
             select t.tgname, pg_get_triggerdef(t.oid), false from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid where c.relnamespace = v_schema loop
        v_word := (regexp_match(r.text, current_setting('ebb.reaching'), 'i'))[1];
        if v_word is null and r.is_routine then
            v_word := upper((regexp_match(r.text, '(\mexecute\M|\mdo\M\s*(?:language|\$|e?'')|\mprepare\M|\mdeallocate\M)', 'i'))[1]);
        end if;
        -- Commands that stay in force in the connection, where a command can begin; and a cursor that outlives the transaction.
        if v_word is null and r.is_routine then
            v_word := upper((regexp_match(r.text, '(?:[;>/\n\r]|\$\w*\$|\m(?:begin|then|else|loop)\M)\s*(notify|u?n?listen|discard|load)\M', 'i'))[1]);
        end if;
        if v_word is null and r.is_routine and r.text ~* '\mcursor\M' and r.text ~* '\mhold\M' then
            v_word := 'a cursor WITH HOLD';
        end if;
        if v_word is not null then
            raise exception '% of plugin % uses %, which reaches beyond the plugin''s rows. Leave that out.', r.name, v_name, v_word;
        end if;
    end loop;
end $$;

-- SPDX-License-Identifier: Apache-2.0
-- Words that tell how many people a ticket concerns, a department's own. Each table here has department_id: the desk puts
-- row-level security on it, so that a statement sees the department it is run for.

create table x_skeleton.impact_word (
    department_id int not null,
    word text not null constraint impact_word_given check (word ~ '\S'),
    impact int not null constraint impact_word_impact_range check (impact between 1 and 3),
    primary key (department_id, word)
);
comment on table x_skeleton.impact_word is 'A word that gives a ticket its impact.';
comment on column x_skeleton.impact_word.department_id is 'Department whose word it is.';
comment on column x_skeleton.impact_word.word is 'The word, as it stands in the text; example: everybody.';
comment on column x_skeleton.impact_word.impact is 'Impact that it stands for, 1 is the highest.';

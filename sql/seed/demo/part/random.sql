-- SPDX-License-Identifier: Apache-2.0
-- Chance that can be repeated: every draw is a hash of (what it is for, which row, the seed), so it depends on no order of rows.
-- Functions live in pg_temp and end with the session.

-- Uniform in (0, 1): row k, purpose p.
create function pg_temp.u(k bigint, p int) returns float8 language sql immutable parallel safe
return ((hashint8extended(k, :seed * 1000 + p) & 4503599627370495) + 0.5) / 4503599627370496.0;

-- Standard normal, by Box and Muller.
create function pg_temp.normal(k bigint, p int) returns float8 language sql immutable parallel safe
return sqrt(-2 * ln(pg_temp.u(k, p))) * cos(2 * pi() * pg_temp.u(k, p + 500));

-- One of 0 .. n-1.
create function pg_temp.pick(k bigint, p int, n int) returns int language sql immutable parallel safe
return floor(pg_temp.u(k, p) * n)::int;

-- One word of a list.
create function pg_temp.word(k bigint, p int, words text[]) returns text language sql immutable parallel safe
return words[1 + floor(pg_temp.u(k, p) * cardinality(words))::int];

// SPDX-License-Identifier: Apache-2.0
// Who asks in the matrix, and which canaries each of them may see. The world is kit.world.sql; it must not know a route.

export const base = (d) => (70 + d) * 100000;
const CANARY = /cnry([123])([a-z])(\d+)z/g;

// What people are, by their number in kit.world.sql.
const PEOPLE = {
  rita: { n: 1, kind: 'requester' }, rolf: { n: 2, kind: 'requester2' }, anna: { n: 3, kind: 'agent', role: true, team: 'A' },
  bert: { n: 4, kind: 'outsider', role: true, team: 'B' }, leo: { n: 5, kind: 'lead', role: true, team: 'A' },
  liv: { n: 6, kind: 'outlead', role: true, team: 'B' }, olga: { n: 7, kind: 'owner', role: true },
  adam: { n: 8, kind: 'admin', role: true, admin: true, audit: true }, audra: { n: 9, kind: 'auditor', role: true, audit: true },
  dora: { n: 10, kind: 'disabled', dead: true }, ian: { n: 11, kind: 'outgoing', role: true, team: 'A' },
  opal: { n: 12, kind: 'operator', operator: true }, mia: { n: 13, kind: 'double', role: true },
  zoe: { n: 14, kind: 'everywhere', role: true, admin: true, audit: true },
};

// d: home department; roles: departments with a role; scopes: null for all, else what the token holds besides reading.
function actor(word, d, more = {}) {
  const person = PEOPLE[more.person ?? word];
  return {
    name: `m${d}${word}`, as: `ebb_${`m${d}${word}`.padEnd(43, '0')}`, word, d, scopes: null, ...person,
    roles: person.role ? [d] : [], ...more,
  };
}

export const anonymous = { name: 'anonymous', as: undefined, word: 'anonymous', d: 0, kind: 'anonymous', roles: [], scopes: null };
const narrow = (d) => [
  actor('annaread', d, { person: 'anna', scopes: [] }), actor('adamread', d, { person: 'adam', scopes: [], audit: false }),
  actor('adamwrite', d, { person: 'adam', scopes: ['write'], audit: false }), actor('adamconf', d, { person: 'adam', scopes: ['configure'], audit: false }),
  actor('adamaudit', d, { person: 'adam', scopes: ['audit'] }),
];
export const people = (d) => ['rita', 'rolf', 'anna', 'bert', 'leo', 'liv', 'olga', 'adam', 'audra', 'dora'].map((word) => actor(word, d));
export const mia = actor('mia', 1, { roles: [1, 2] });
export const zoe = actor('zoe', 1, { roles: [1, 2, 3] });
export const operator = actor('opal', 1, { roles: [] });
export const actors = [
  anonymous, ...people(1), ...narrow(1), operator, mia, zoe, actor('mianarrow', 1, { person: 'mia', roles: [1], narrow: true }),
  actor('rita', 2), actor('anna', 2), actor('adam', 2), actor('adam', 3), actor('anna', 3), actor('audra', 3),
];
// On objects of departments 2 and 3 some of department 1 stand for the others, who are as far from them.
const far = ['m1rolf', 'm1bert', 'm1leo', 'm1liv', 'm1dora', 'm1annaread', 'm1adamwrite', 'm1adamconf', 'm1adamaudit'];
export const actorsFor = (d) => (d === 1 ? actors : actors.filter((a) => !far.includes(a.name)));
export const find = (name) => actors.find((a) => a.name === name) ?? people(Number(name[1])).find((a) => a.name === name);

// The levels of kit.world.sql. Department 3 serves department 1 with one service: so its desk finds the people of 1.
const LEVELS = {
  // Names of teams, services and types. With the service of department 3 its people see who offers it: 0 the department, 101 the team.
  g: (a, d, n) => a.d === d || a.roles.includes(d) || (n === 0 && a.operator) || (offered(a, d) && [0, 101, 401, 402].includes(n)),
  // Names of those who work there; 7 answers for that service.
  p: (a, d, n) => a.d === d || a.roles.includes(d) || served(a, d) || colleague(a, d, n) || (a.operator && [8, 12, 14].includes(n)) || (offered(a, d) && n === 7),
  l: (a, d) => a.roles.includes(d) || (a.d === d && [1, 2].includes(a.n)), //  names that the derivation of one's own targets tells
  e: (a, d, n) => a.roles.includes(d) || served(a, d) || colleague(a, d, n) || (a.operator && [8, 14].includes(n)) || self(a, d, n), //     names of requesters, addresses, sites
  d: (a, d) => a.roles.includes(d), //                                         what the desk keeps for itself
  r: (a, d) => a.roles.includes(d) || self(a, d, 1), //                        rita's ordinary tickets
  s: (a, d) => a.roles.includes(d) || self(a, d, 2), //                        rolf's
  c: (a, d) => inTeam(a, d, 'A') || self(a, d, 1), //                          rita's confidential tickets, with team A
  q: (a, d) => inTeam(a, d, 'A') || self(a, d, 2), //                          rolf's
  i: (a, d) => inTeam(a, d, 'A'), //                                           what team A says there among itself
  f: (a, d, n) => inTeam(a, d, 'A') || inTeam(a, d, 'B') || (self(a, d, 1) && n !== 0), // on offer to team B
  a: (a, d) => a.audit && a.roles.includes(d), //                              the audit
  w: (a, d) => a.admin && a.roles.includes(d), //                              configuration of plugins
  t: (a, d, n) => self(a, d, n) || (a.admin && a.roles.includes(d)), //        names of tokens, in what is given out of a person
  v: (a, d) => a.d === d || a.roles.includes(d) || a.d === 1, //               what department 3 offers to department 1
  k: (a, d, n) => a.roles.includes(d) || (a.d === 1 && a.n === n), //          and what was asked for there
  z: (a, d, n) => a.roles.includes(d) || self(a, d, n), //                     plans of shifts
  x: () => false, //                                                           nobody
};
const self = (a, d, n) => a.d === d && a.n === n;
const inTeam = (a, d, team) => a.team === team && a.roles.includes(d);
const served = (a, d) => d === 1 && a.roles.includes(3);
// 13 works in departments 1 and 2, 14 in all: their colleagues everywhere find them.
const colleague = (a, d, n) => d === 1 && ((n === 13 && a.roles.includes(2)) || (n === 14 && a.roles.length > 0));
const offered = (a, d) => d === 3 && a.d === 1;

// Who sees the world's confidential tickets and the hand-overs of such, by their name in kit.world.sql.
const SEERS = { confidential: ['agent', 'lead', 'requester'], confidential_new: ['agent', 'lead', 'requester2'], confidential_resolved: ['agent', 'lead', 'requester'],
  confidential_waiting: ['agent', 'lead', 'requester'], confidential_transfer: ['agent', 'lead', 'outsider', 'outlead'] };
export const seesHidden = (a, d, name) => (a.roles.includes(d) || a.d === d) && SEERS[name].includes(a.kind);

export function maySee(a, d, level, n) {
  if (a.dead || a.kind === 'anonymous' || (a.narrow && !a.roles.includes(d) && 'dlrskz'.includes(level))) return false;
  return LEVELS[level](a, d, n);
}

// The canaries in a text that this actor must not see.
export function strangers(a, text) {
  const found = new Set();
  for (const [word, d, level, n] of text.matchAll(CANARY)) if (!maySee(a, Number(d), level, Number(n))) found.add(word);
  return [...found];
}

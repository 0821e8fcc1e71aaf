// node scim.mjs BASE TOKEN: drives a SCIM provider and holds its answers against three implementations that are not its own: scimmy reads
// the messages, scim2-parse-filter says whom a filter means, scim-patch what a PATCH makes. Prints what is wrong, one a line.
import assert from 'node:assert/strict';
import SCIMMY from 'scimmy';
import patches from 'scim-patch';
import filters from 'scim2-parse-filter';

const [base, token] = process.argv.slice(2);
const { scimPatch, patchBodyValidation } = patches;
const { parse, filter } = filters;
const URN = 'urn:ietf:params:scim:';
const fail = (what, fault) => console.log(`${what}: ${fault.message ?? fault}`);
let checks = 0;

async function call(method, path, body) {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: 'Bearer ' + token, accept: 'application/scim+json', ...(body ? { 'content-type': 'application/scim+json' } : {}) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (text && !response.headers.get('content-type')?.startsWith('application/scim+json')) fail(`${method} ${path}`, 'is not application/scim+json');
  return { status: response.status, etag: response.headers.get('etag'), location: response.headers.get('location'), body: text ? JSON.parse(text) : null };
}

async function step(what, work) {
  try { checks++; await work(); } catch (fault) { fail(what, fault); }
}

const user = body => { new SCIMMY.Schemas.User(structuredClone(body), 'out', '/scim/v2'); assert.ok(body.schemas.includes(URN + 'schemas:core:2.0:User')); return body; };
const list = body => { assert.ok(body.schemas.includes(URN + 'api:messages:2.0:ListResponse')); assert.equal(body.itemsPerPage, body.Resources.length); body.Resources.forEach(user); return body; };
SCIMMY.Schemas.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

// Discovery: what it says of itself is what these read.
await step('ServiceProviderConfig', async () => {
  const { body } = await call('GET', '/ServiceProviderConfig');
  new SCIMMY.Schemas.ServiceProviderConfig(structuredClone(body), '/scim/v2');
  assert.equal(body.patch.supported && body.filter.supported && body.sort.supported && body.etag.supported, true);
});
await step('ResourceTypes', async () => {
  const { body } = await call('GET', '/ResourceTypes');
  body.Resources.forEach(type => new SCIMMY.Schemas.ResourceType(structuredClone(type), '/scim/v2'));
  assert.equal(body.Resources[0].endpoint, '/Users');
});
await step('Schemas', async () => {
  const { body } = await call('GET', '/Schemas');
  const described = new Set(body.Resources.find(s => s.id.endsWith('core:2.0:User')).attributes.map(a => a.name));
  for (const name of ['userName', 'name', 'displayName', 'active', 'emails', 'roles', 'password']) assert.ok(described.has(name), name + ' is not described');
});

// People as a directory has them.
const people = Array.from({ length: 24 }, (_, i) => ({
  schemas: [URN + 'schemas:core:2.0:User', URN + 'schemas:extension:enterprise:2.0:User'],
  externalId: `ext-${i % 7 === 0 ? 'A' : 'b'}-${i}`, userName: `person${i}@example.org`, displayName: ['Ada', 'Bob', 'Cleo'][i % 3] + ' ' + i, active: i % 4 !== 0,
  name: { givenName: ['Ada', 'Bob', 'Cleo'][i % 3], familyName: 'Number ' + i }, title: i % 5 ? 'Clerk' : undefined,
  emails: i % 2 ? [{ value: `person${i}@example.org`, type: 'work', primary: true }, { value: `p_${i}@home.example`, type: 'home' }] : undefined,
  [URN + 'schemas:extension:enterprise:2.0:User']: { department: i % 2 ? 'Engines' : 'Numbers' },
}));
for (const person of people) await step('create ' + person.userName, async () => {
  const made = await call('POST', '/Users', new SCIMMY.Schemas.User(person, 'in'));
  assert.equal(made.status, 201);
  assert.ok(made.location && made.etag);
  user(made.body);
  assert.equal(made.body.password, undefined);
});
await step('create twice', async () => {
  const again = await call('POST', '/Users', people[0]);
  assert.equal(again.status, 409);
  assert.equal(again.body.scimType, 'uniqueness');
  assert.equal(again.body.status, '409');
  assert.ok(again.body.schemas.includes(URN + 'api:messages:2.0:Error'));
});

// Filters: the same people as another implementation picks from all of them.
const all = list((await call('GET', '/Users?count=200')).body).Resources;
for (const text of [
  'userName eq "person3@example.org"', 'userName eq "PERSON3@example.org"', 'userName sw "person1"', 'userName ew "7@example.org"', 'userName co "on2"', 'displayName sw "Ada"', 'displayName co "o 1"',
  'externalId eq "ext-b-3"', 'externalId eq "EXT-B-3"', 'active eq true', 'active eq false and displayName sw "Bob"', 'not (active eq true)', 'title pr', 'not (title pr)', 'displayName pr and active eq true',
  'emails[type eq "home"]', 'emails[type eq "home" and value co "p_1"]', 'emails.value eq "p_5@home.example"', 'emails.value co "home.example" and active eq true', 'name.familyName eq "Number 9"',
  'name.givenName eq "Cleo" or userName eq "person0@example.org"', '(userName sw "person2" or displayName sw "Bob") and not (active eq false)', 'userName ne "person1@example.org"',
  'meta.lastModified gt "2000-01-01T00:00:00Z"', 'meta.lastModified lt "2000-01-01T00:00:00Z"', 'userName eq "no%b_dy@example.org"', 'displayName co "%"',
  URN + 'schemas:extension:enterprise:2.0:User:department eq "Engines"', URN + 'schemas:core:2.0:User:userName sw "person2"', 'id eq "person4@example.org"',
]) await step('filter ' + text, async () => {
  const found = list((await call('GET', '/Users?count=200&filter=' + encodeURIComponent(text))).body);
  const theirs = [text.startsWith(URN + 'schemas:ext') ? r => r[URN + 'schemas:extension:enterprise:2.0:User']?.department === 'Engines'
    : text.startsWith('userName eq "PERSON') ? r => r.userName === 'person3@example.org'   // userName is not caseExact
    : text.startsWith('externalId eq "EXT') ? () => false                                   // externalId is
    : filter(parse(text.replace(URN + 'schemas:core:2.0:User:', '')))];
  assert.deepEqual(found.Resources.map(r => r.id).sort(), all.filter(theirs[0]).map(r => r.id).sort());
  assert.equal(found.totalResults, found.Resources.length);
});
await step('filter that is none', async () => {
  const wrong = await call('GET', '/Users?filter=' + encodeURIComponent('userName is "x"'));
  assert.equal(wrong.status, 400);
  assert.equal(wrong.body.scimType, 'invalidFilter');
});

// Pages, in order, whole and without doubles.
for (const by of ['userName', 'displayName', 'name.familyName']) for (const order of ['ascending', 'descending']) await step(`pages by ${by} ${order}`, async () => {
  const seen = [];
  for (let start = 1; start <= all.length; start += 5) seen.push(...list((await call('GET', `/Users?startIndex=${start}&count=5&sortBy=${by}&sortOrder=${order}`)).body).Resources);
  const key = r => (by.split('.').reduce((v, part) => v?.[part], r) ?? '').toUpperCase();
  assert.equal(new Set(seen.map(r => r.id)).size, all.length);
  const keys = seen.map(key);
  assert.deepEqual(keys, [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0) * (order === 'descending' ? -1 : 1)));
});
await step('POST /.search', async () => {
  const found = await call('POST', '/Users/.search', new SCIMMY.Messages.SearchRequest({ schemas: [URN + 'api:messages:2.0:SearchRequest'], filter: 'displayName sw "Ada"', startIndex: 2, count: 3, attributes: ['userName'] }));
  assert.equal(found.status, 200);
  assert.equal(found.body.Resources.length, 3);
  assert.deepEqual(Object.keys(found.body.Resources[0]).sort(), ['id', 'meta', 'schemas', 'userName']);
});

// PATCH: what another implementation makes of the same resource.
const bare = resource => { const { meta, schemas, ...rest } = structuredClone(resource); return rest; };
const tidy = value => JSON.parse(JSON.stringify(value), (_, v) => Array.isArray(v) && v.length === 0 ? undefined : v);
const ext = URN + 'schemas:extension:enterprise:2.0:User';
for (const operations of [
  [{ op: 'replace', path: 'displayName', value: 'Countess' }],
  [{ op: 'Replace', path: 'active', value: false }, { op: 'Add', path: 'title', value: 'Clerk' }],
  [{ op: 'replace', path: 'active', value: true }],
  [{ op: 'add', path: 'emails', value: [{ value: 'third@example.net', type: 'other' }] }],
  [{ op: 'replace', path: 'emails[type eq "home"].value', value: 'new@home.example' }],
  [{ op: 'remove', path: 'emails[type eq "other"]' }],
  [{ op: 'replace', path: 'name.familyName', value: 'King' }],
  [{ op: 'add', path: 'name', value: { middleName: 'Byron' } }],
  [{ op: 'remove', path: 'title' }],
  [{ op: 'replace', value: { displayName: 'By value', title: 'Editor' } }],
  [{ op: 'add', value: { nickName: 'Lady', locale: 'en-GB' } }],
  [{ op: 'remove', path: 'nickName' }, { op: 'replace', path: 'displayName', value: 'Last' }],
  [{ op: 'add', path: 'phoneNumbers', value: [{ type: 'work', value: '+44 1' }] }],
  [{ op: 'add', path: 'phoneNumbers[type eq "mobile"].value', value: '+44 2' }],
  [{ op: 'replace', path: ext + ':department', value: 'Weaving' }],
]) await step('PATCH ' + JSON.stringify(operations), async () => {
  const id = 'person5@example.org';
  const before = user((await call('GET', '/Users/' + id)).body);
  const message = { schemas: [URN + 'api:messages:2.0:PatchOp'], Operations: operations };
  patchBodyValidation(message);
  const expected = scimPatch(bare(before), structuredClone(operations), { mutateDocument: false });
  const after = await call('PATCH', '/Users/' + id, message);
  assert.equal(after.status, 200);
  assert.deepEqual(tidy(bare(user(after.body))), tidy(expected));
  assert.deepEqual((await call('GET', '/Users/' + id)).body, after.body);
});
await step('PUT', async () => {
  const before = (await call('GET', '/Users/person6@example.org')).body;
  const { status, body } = await call('PUT', '/Users/person6@example.org', { ...before, displayName: 'Put', title: 'Clerk' });
  assert.equal(status, 200);
  assert.deepEqual(tidy(bare(user(body))), tidy(bare({ ...before, displayName: 'Put', title: 'Clerk' })));
});
await step('DELETE', async () => {
  assert.equal((await call('DELETE', '/Users/person7@example.org')).status, 204);
  assert.equal((await call('GET', '/Users/person7@example.org')).status, 404);
  assert.equal((await call('GET', '/Users?filter=' + encodeURIComponent('userName eq "person7@example.org"'))).body.totalResults, 0);
});
console.error(`${checks} checks`);

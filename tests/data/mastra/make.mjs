// Fills a LibSQL file and a PostgreSQL schema with the same conversations through Mastra's own packages, and writes mastra.db and postgres.sql beside this file.
// README.md says how it is run.
import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

// Not UTC, so that columns without a time zone hold something else than those with one.
process.env.TZ = 'Asia/Tokyo';

// The packages take the time of day for what they write; here it is what the steps below say, so that both databases hold the same.
const RealDate = Date;
let now = RealDate.UTC(2030, 0, 31, 9);
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length > 0 ? parts : [now]));
  }

  static now() {
    return now;
  }
};
const at = text => (now = RealDate.parse(text), new Date());

const { Memory } = await import('@mastra/memory');
const { LibSQLStore, LibSQLVector } = await import('@mastra/libsql');
const { PostgresStore } = await import('@mastra/pg');
const { createSignal } = await import('@mastra/core/signals');
const { createClient } = await import('@libsql/client');
const pg = (await import('pg')).default;

const file = new URL('mastra.db', import.meta.url).pathname;
const url = process.env.MASTRA_POSTGRES_URL;
const schema = 'made_by_mastra';
const picture = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const text = (value, more = {}) => ({ type: 'text', text: value, ...more });
const tool = (toolInvocation, more = {}) => ({ type: 'tool-invocation', toolInvocation, ...more });

async function fill(storage) {
  await storage.init();
  const rows = await storage.getStore('memory');
  const plain = new Memory({ storage, options: { lastMessages: 10 } });
  const perResource = new Memory({ storage, options: { workingMemory: { enabled: true, scope: 'resource' } } });
  const perThread = new Memory({ storage, options: { workingMemory: { enabled: true, scope: 'thread' } } });

  const thread = (id, resourceId, createdAt, more = {}) =>
    (at(createdAt), plain.saveThread({ thread: { id, resourceId, title: '', metadata: undefined, createdAt: new Date(), updatedAt: new Date(), ...more } }));
  const message = (threadId, resourceId, id, role, createdAt, content, more = {}) =>
    ({ id, role, threadId, resourceId, createdAt: new Date(createdAt), content: { format: 2, ...content }, ...more });

  // A resource with its working memory, whose row is younger than its first thread.
  await thread('kitchen', 'ada', '2030-01-31T09:00:00.123Z', { title: 'Küche 🍳', metadata: { mood: 'good', nested: { list: [1, 2.5, null, 'x'] } } });
  await plain.saveMessages({ messages: [
    message('kitchen', 'ada', 'k1', 'user', '2030-01-31T09:00:01Z', { parts: [text('I am allergic to peanuts, remember that. 🥜')], content: 'I am allergic to peanuts, remember that. 🥜' }),
    message('kitchen', 'ada', 'k2', 'assistant', '2030-01-31T09:00:02Z', { parts: [{ type: 'step-start' }, text('Noted.')] }),
    message('kitchen', 'ada', 'k3', 'user', '2030-01-31T09:00:03Z', { parts: [text('Tagged.')], metadata: { topic: 'food', weight: 3 } }),
    message('kitchen', 'ada', 'k4', 'user', '2030-01-31T09:00:04Z', { parts: [text('a quote ", a backslash \\, a line\nfeed, half a pair \ud83d, a nul \u0000, 東京')] }),
  ] });
  at('2030-01-31T09:05:00Z');
  await perResource.updateWorkingMemory({ threadId: 'kitchen', resourceId: 'ada', workingMemory: '# User\n- **Allergy**: peanuts\n' });

  // Tools: answered, waiting, failed, denied; with steps, reasoning, files and sources.
  await thread('travel', 'ada', '2030-02-14T18:30:00Z', { title: 'Travel', metadata: {} });
  await plain.saveMessages({ messages: [
    message('travel', 'ada', 't1', 'user', '2030-02-14T18:30:01Z', { parts: [text('What is this?'), { type: 'file', mimeType: 'image/png', data: picture }] }),
    message('travel', 'ada', 't2', 'assistant', '2030-02-14T18:30:02Z', { parts: [
      { type: 'step-start' },
      { type: 'reasoning', reasoning: 'It is a picture.', details: [{ type: 'text', text: 'It is a picture.' }] },
      tool({ state: 'result', step: 0, toolCallId: 'call-1', toolName: 'lookUp', args: { id: 7, deep: { a: [true] } }, result: { name: 'dot', size: 1.50 } }, { providerMetadata: { openai: { itemId: 'i1' } } }),
      { type: 'step-start' },
      text('A dot.', { providerMetadata: { openai: { itemId: 'i2' } } }),
      { type: 'source', source: { sourceType: 'url', id: 's1', url: 'https://example.org/dot', title: 'Dots' } },
    ], toolInvocations: [{ state: 'result', step: 0, toolCallId: 'call-1', toolName: 'lookUp', args: { id: 7, deep: { a: [true] } }, result: { name: 'dot', size: 1.50 } }] }),
    message('travel', 'ada', 't3', 'assistant', '2030-02-14T18:30:03Z', { parts: [
      tool({ state: 'call', toolCallId: 'call-2', toolName: 'book', args: { city: 'Köln' } }),
      tool({ state: 'output-error', toolCallId: 'call-3', toolName: 'book', args: {}, errorText: 'no seats' }),
      tool({ state: 'output-denied', toolCallId: 'call-4', toolName: 'pay', args: { amount: 3 }, approval: { id: 'a1', approved: false, reason: 'too much' } }),
      tool({ state: 'result', toolCallId: 'call-5', toolName: 'void', args: {}, result: null, isError: true }),
    ] }),
    message('travel', 'ada', 't4', 'user', '2030-02-14T18:30:04Z', { parts: [text('And these?')], experimental_attachments: [{ name: 'menu.pdf', contentType: 'application/pdf', url: 'https://example.org/menu.pdf' }], annotations: [{ a: 1 }] }),
    message('travel', 'ada', 't5', 'assistant', '2030-02-14T18:30:05Z', { parts: [{ type: 'data-progress', data: { done: 0.5 } }], reasoning: 'kept beside the parts', providerMetadata: { openai: { responseId: 'r1' } } }),
    message('travel', 'ada', 't6', 'assistant', '2030-02-14T18:30:06Z', { parts: [], content: 'only the old member', toolInvocations: [{ state: 'result', toolCallId: 'call-6', toolName: 'old', args: [], result: 'x' }] }),
  ] });

  // Working memory of a thread: text, and JSON.
  await thread('notes', 'bob', '2030-03-01T00:00:00Z', { title: 'Notes', metadata: { colour: 'red' } });
  at('2030-03-01T00:01:00Z');
  await perThread.updateWorkingMemory({ threadId: 'notes', resourceId: 'bob', workingMemory: 'remember the milk' });
  await thread('profile', 'bob', '2030-03-02T00:00:00Z');
  at('2030-03-02T00:01:00Z');
  await perThread.updateWorkingMemory({ threadId: 'profile', resourceId: 'bob', workingMemory: JSON.stringify({ name: 'Bob', langs: ['de', 'fr'] }) });

  // A resource without a thread; with fields of its own, and a document of JSON.
  at('2030-03-03T00:00:00Z');
  await rows.updateResource({ resourceId: 'carol', workingMemory: JSON.stringify({ tier: 'gold' }), metadata: { plan: 'pro' } });
  await rows.updateResource({ resourceId: 'dave', workingMemory: '' });

  // Times that are equal: in one thread the ids rise with the order of insertion, in another they don't.
  await thread('ties', 'erin', '2030-04-01T00:00:00Z');
  await rows.saveMessages({ messages: ['a', 'b', 'c'].map(id => message('ties', 'erin', `tie-${id}`, 'user', '2030-04-01T00:00:01Z', { parts: [text(id)] })) });
  await thread('ties-unordered', 'erin', '2030-04-01T00:00:00Z');
  await rows.saveMessages({ messages: ['z', 'm', 'a'].map(id => message('ties-unordered', 'erin', `untie-${id}`, 'user', '2030-04-01T00:00:01Z', { parts: [text(id)] })) });

  // Ids of any kind. PostgreSQL keeps no NUL.
  const odd = ['with space', `it's "quoted"`, 'a/b#c*d?e=f%20', '東京-🍣', 'line\nfeed', 'x'.repeat(300)];
  for (const [index, id] of odd.entries()) {
    await thread(`thread ${id}`, `resource ${id}`, `2030-05-0${index + 1}T00:00:00Z`, { title: id });
    await rows.saveMessages({ messages: [message(`thread ${id}`, `resource ${id}`, `message ${id}`, 'user', `2030-05-0${index + 1}T00:00:01Z`, { parts: [text(`under an id like ${index}`)] })] });
  }

  // A thread of nobody, and a message that says it is another resource's than its thread.
  await thread('nobody', '', '2030-06-01T00:00:00Z');
  await rows.saveMessages({ messages: [message('nobody', 'somebody', 'n1', 'user', '2030-06-01T00:00:01Z', { parts: [text('whose am I?')] })] });

  // Older rows: a core message's content as it was, roles and types of that time; and rows of a system message, of signals and of a role that nobody knows.
  await thread('old', 'frank', '2030-07-01T00:00:00Z', { metadata: { workingMemory: null, kept: true } });
  const row = (id, role, second, content, type) => ({ id, role, threadId: 'old', resourceId: 'frank', createdAt: new Date(`2030-07-01T00:00:${second}Z`), content, type });
  await saveAsIs(rows, [
    row('o1', 'user', '01', 'plain words', 'text'),
    row('o2', 'assistant', '02', [text('let me see'), { type: 'tool-call', toolCallId: 'old-1', toolName: 'find', args: { q: 1 } }], 'tool-call'),
    row('o3', 'tool', '03', [{ type: 'tool-result', toolCallId: 'old-1', toolName: 'find', result: [1, 2] }], 'tool-result'),
    row('o4', 'assistant', '04', [text('found')], 'text'),
    row('o5', 'system', '05', { format: 2, parts: [text('be kind')] }, 'v2'),
    row('o6', 'narrator', '06', { format: 2, parts: [text('meanwhile')] }, 'v2'),
    row('o7', 'user', '07', '42', 'text'),
    row('o8', 'user', '08', '{"no": "format"}', 'text'),
    row('o9', 'user', '09', '[1, 2]', 'text'),
  ]);
  await thread('signals', 'frank', '2030-07-02T00:00:00Z');
  const signal = (id, second, type, tagName, contents, more = {}) => message('signals', 'frank', id, 'signal', `2030-07-02T00:00:${second}Z`,
    { parts: [text(contents)], metadata: { signal: { id, type, tagName, createdAt: `2030-07-02T00:00:${second}.000Z`, ...more } } }, { type: tagName });
  await plain.saveMessages({ messages: [
    signal('s1', '01', 'user', 'user', 'typed while it was working'),
    signal('s2', '02', 'reactive', 'system-reminder', 'be brief', { attributes: { level: 'high' } }),
  ] });
  const made = createSignal({ id: 's3', type: 'notification', contents: 'a parcel came', createdAt: new Date('2030-07-02T00:00:03Z'), attributes: { from: 'door' } });
  await plain.saveMessages({ messages: [made.toDBMessage({ threadId: 'signals', resourceId: 'frank' })] });

  // Many enough for a reader that reads in pieces.
  for (let index = 0; index < 120; index++) {
    const id = `many-${String(index).padStart(3, '0')}`;
    await thread(id, 'grace', new Date(RealDate.UTC(2030, 7, 1) + (119 - index) * 1000).toISOString());
    await rows.saveMessages({ messages: [message(id, 'grace', `${id}-1`, 'user', '2030-08-02T00:00:00Z', { parts: [text(`first of ${index}`)] })] });
  }

  // A message whose thread is gone.
  await thread('gone', 'heidi', '2030-09-01T00:00:00Z');
  await rows.saveMessages({ messages: [message('gone', 'heidi', 'g1', 'user', '2030-09-01T00:00:01Z', { parts: [text('left behind')] })] });
}

// Through the store below Memory, which writes content that is no object as it stands.
async function saveAsIs(rows, messages) {
  try {
    await rows.saveMessages({ messages });
  } catch (error) {
    // The store has written them when it fails to hand back what it cannot read as one of its own messages.
    console.log(`saved, and then: ${error.message}`);
  }
}

for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
await fill(new LibSQLStore({ id: 'file', url: `file:${file}` }));
await new LibSQLVector({ id: 'vectors', url: `file:${file}` }).createIndex({ indexName: 'memory_messages_4', dimension: 4 });
const libsql = createClient({ url: `file:${file}` });
const tables = ['mastra_threads', 'mastra_messages', 'mastra_resources', 'mastra_observational_memory'];
for (const { name } of (await libsql.execute(`select name from sqlite_master where type = 'table' and name like 'mastra%'`)).rows) {
  if (!tables.includes(name)) await libsql.execute(`drop table "${name}"`);
}
await libsql.execute(`delete from mastra_threads where id = 'gone'`);
await libsql.execute('vacuum');
await libsql.execute('pragma wal_checkpoint(truncate)');
libsql.close();

const client = new pg.Client({ connectionString: url });
await client.connect();
await client.query(`drop schema if exists ${schema} cascade`);
await fill(new PostgresStore({ id: 'postgres', connectionString: url, schemaName: schema }));
await client.query(`set search_path to ${schema}`);
await client.query(`delete from mastra_threads where id = 'gone'`);
const lines = ['-- Written by make.mjs: tables and rows as Mastra made them, in whatever schema comes first in the search path.'];
for (const table of tables) {
  const columns = (await client.query(
    `select quote_ident(attname) as name, format_type(atttypid, atttypmod) as type, attnotnull as required from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`, [table])).rows;
  lines.push(`create table ${table} (${columns.map(column => `${column.name} ${column.type}${column.required ? ' not null' : ''}`).join(', ')}, primary key (id));`);
  const values = columns.map(column => `quote_nullable(${column.name}::text)`).join(` || ', ' || `);
  for (const row of (await client.query(`select ${values} as line from ${table} order by ctid`)).rows) lines.push(`insert into ${table} values (${row.line});`);
}
await writeFile(new URL('postgres.sql', import.meta.url), `${lines.join('\n')}\n`);
await client.query(`drop schema ${schema} cascade`);
await client.end();
process.exit(0);

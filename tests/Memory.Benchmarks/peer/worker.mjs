// Does one piece of work for each line of JSON on standard input and answers with a line of JSON: { seconds } or { milliseconds: [...] }.
// Usage: node worker.mjs CORPUS      CORPUS holds a message text a line; both sides of a comparison read the same one.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { message, open, resourceId, thread } from './memory.mjs';

const texts = readFileSync(process.argv[2], 'utf8').trimEnd().split('\n');
const text = (index) => texts[index % texts.length];

const works = { append, last, threads };

/** `callers` callers, each with a thread of its own, append `messages` messages in all, `batch` a call. */
async function append({ file, messages, callers, batch }) {
  const { storage, memory } = await open(file);
  const caller = async (number, count) => {
    for (let at = 0; at < count; at += batch) {
      const size = Math.min(batch, count - at);
      const turn = Array.from({ length: size }, (_, i) => message(`t${number}`, text(number * count + at + i), at + i));
      await memory.saveMessages({ messages: turn });
    }
  };
  for (let number = 0; number <= callers; number++) {
    await memory.saveThread({ thread: thread(`t${number}`) });
  }
  await caller(callers, Math.max(batch, 100)); // the warm-up has a thread of its own
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number, messages / callers)));
  const seconds = (performance.now() - start) / 1000;
  await storage.close?.();
  return { seconds };
}

/** The last 30 of a thread of `messages` messages, `samples` times. */
async function last({ file, messages, samples }) {
  const { storage, memory } = await open(file);
  await memory.saveThread({ thread: thread('t') });
  await memory.saveMessages({ messages: Array.from({ length: messages }, (_, i) => message('t', text(i), i)) });
  const milliseconds = await time(samples, async () => (await memory.recall({ threadId: 't', resourceId, perPage: 30, includeTotal: false })).messages.length, 30);
  await storage.close?.();
  return { milliseconds };
}

/** The first page of 20 of `messages` threads, `samples` times. */
async function threads({ file, messages, samples }) {
  const { storage, memory } = await open(file);
  for (let i = 0; i < messages; i++) {
    await memory.saveThread({ thread: thread(`t${i}`, new Date(Date.UTC(2026, 0, 1) + i)) });
  }
  const milliseconds = await time(samples, async () => (await memory.listThreads({ filter: { resourceId }, page: 0, perPage: 20 })).threads.length, 20);
  await storage.close?.();
  return { milliseconds };
}

async function time(samples, call, expected) {
  for (let i = 0; i < 50; i++) {
    await call();
  }
  const milliseconds = [];
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    const found = await call();
    milliseconds.push(performance.now() - start);
    if (found !== expected) {
      throw new Error(`expected ${expected} items, got ${found}`);
    }
  }
  return milliseconds;
}

for await (const line of createInterface({ input: process.stdin })) {
  const work = JSON.parse(line);
  let answer;
  try {
    answer = await works[work.kind](work);
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

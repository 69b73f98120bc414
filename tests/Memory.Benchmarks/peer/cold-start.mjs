// One first append and one first recall in a new place, then a line on standard output: whoever started this process stops the clock there.
// Usage: node cold-start.mjs PLACE      PLACE is JSON, as memory.mjs reads it
import { message, open, resourceId, thread } from './memory.mjs';

const { memory } = await open({ place: JSON.parse(process.argv[2]) });
await memory.saveThread({ thread: thread('t') });
await memory.saveMessages({ messages: [message('t', 'The train to Lisbon leaves at nine.', 0)] });
const { messages } = await memory.recall({ threadId: 't', resourceId });
process.stdout.write(`${messages.length}\n`);
process.exit(0);

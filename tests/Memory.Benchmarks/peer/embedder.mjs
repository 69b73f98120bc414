// An embedder that costs nothing worth measuring: 1,536 numbers, a mixture of two of 1,024 fixed vectors chosen by the text's hash.
// It speaks the AI SDK's embedding model interface, version 2, which the peer takes.
const bases = 1024;

export const dimensions = 1536;

const base = Array.from({ length: bases }, (_, number) => gaussians(number + 1));

/** The vector of a text, always the same one; its length is about 1. */
export function embed(text) {
  const hash = hashOf(text);
  const [one, other] = [base[hash & (bases - 1)], base[(hash >>> 10) & (bases - 1)]];
  const angle = ((hash >>> 20) / 4096) * (Math.PI / 2);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const vector = new Array(dimensions);
  for (let i = 0; i < dimensions; i++) {
    vector[i] = cos * one[i] + sin * other[i];
  }
  return vector;
}

export const embedder = {
  specificationVersion: 'v2',
  provider: 'bench',
  modelId: 'bench',
  maxEmbeddingsPerCall: 2048,
  supportsParallelCalls: true,
  async doEmbed({ values }) {
    return { embeddings: values.map(embed) };
  },
};

/** FNV-1a, its bits mixed once more. */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Sums of four numbers of xorshift32, which are nearly normal; the vector's length is 1. */
function gaussians(seed) {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 0x80000000;
  };
  const vector = Array.from({ length: dimensions }, () => next() + next() + next() + next());
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

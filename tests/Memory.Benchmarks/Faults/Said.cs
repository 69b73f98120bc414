namespace Memory.Benchmarks.Faults;

/// <summary>A message as a writer sends it, and sends it again until it is answered.</summary>
/// <param name="ThreadId">Its thread.</param>
/// <param name="Id">Its id, which no other message has.</param>
/// <param name="Text">What it says; no other message says it.</param>
/// <param name="Writer">Who sends it.</param>
/// <param name="Turn">Of the writer's, from 0: a turn is sent when everything of the turns before has been answered, and stands behind it. Within a call messages keep their order.</param>
internal sealed record Said(string ThreadId, string Id, string Text, int Writer, int Turn);

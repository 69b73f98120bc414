using CsCheck;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class ArchiveConformance<TArchive>
{
    [Fact]
    public async Task Any_thread_comes_back_as_it_was_written()
    {
        var number = 0;
        var messages = Gen.Select(Identifiers.Any, JsonTexts.Content, JsonTexts.Object, Gen.Int[1, 5], Gen.Int[1, 3], Gen.Bool).Array[0, 12];
        await Gen.Select(Identifiers.Any, Identifiers.Any, messages, Gen.Int[1, 5]).SampleAsync(
            async (threadId, resourceId, drafts, size) =>
            {
                // Ids of threads are the whole backend's: a number tells one sample from the others.
                threadId = $"{Interlocked.Increment(ref number)}{threadId}";
                threadId = Identifier.IsValid(threadId) ? threadId : $"{number}";
                var position = 0L;
                ArchivedMessage[] sent = [.. drafts.DistinctBy(draft => draft.Item1).Select(draft =>
                {
                    var (id, content, metadata, revision, step, isEmbedded) = draft;
                    position += step;
                    return Holding(Moved(threadId, position, "", id, revision, isEmbedded ? Vectors.At(position) : (ReadOnlyMemory<float>?)null), content, metadata);
                })];
                var thread = Foreign(threadId, resourceId, position, sent.Length);

                foreach (var piece in sent.Chunk(size))
                {
                    Assert.Empty((await Archive.WriteAsync(Piece(thread, isLast: false, piece) with { Space = Vectors.Space }, Token)).Conflicts);
                }

                await Archive.WriteAsync(Piece(thread, isLast: true), Token);

                Assert.Equal(thread, await ThreadAsync(threadId));
                var read = (await ReadAsync(threadId)).Messages;
                Assert.Equal(sent.Length, read.Count);
                Assert.All(sent.Zip(read), pair => Same(pair.First, pair.Second));
            },
            iter: 40, threads: 1);
    }

    private static ArchivedMessage Holding(ArchivedMessage moved, string content, string metadata)
    {
        var message = moved.Message with { Content = MessageContent.FromStore(content), Metadata = new RawJson(metadata) };
        return moved with { Stored = new StoredMessage(message, moved.Stored.Revision, MessageFingerprint.Of(message.Role, message.Name, message.Content, message.Metadata)) };
    }
}

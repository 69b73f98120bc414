namespace Memory.Core;

/// <summary>Changes a message in its place and keeps the search index true to it.</summary>
public sealed class EditMessages(IMessageStore store, TimeProvider clock, EmbedMessages? embed = null)
{
    /// <summary>Applies a change to the message as it is now, again if somebody else changed it meanwhile.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.MessageNotFound"/>.</exception>
    public async Task<Message> EditAsync(string threadId, string messageId, Func<Message, Message> change, CancellationToken cancellationToken = default)
    {
        while (await store.FindMessageAsync(threadId, messageId, cancellationToken) is { } stored)
        {
            var edited = change(stored.Message);
            var terms = LexicalEncoder.EncodeMessage(edited.Name, edited.Content.Text, edited.CreatedAt).ToBytes();
            var isSameText = edited.Name == stored.Message.Name && edited.Content.Text == stored.Message.Content.Text;
            var edit = new MessageEdit(edited, terms, stored.Revision, clock.GetUtcNow().ToMicroseconds(), isSameText, embed?.DueAt(embed.IsInline));
            if (await store.ReplaceMessageAsync(edit, cancellationToken))
            {
                if (embed is not null && !isSameText)
                {
                    var version = new MessageVersion(threadId, edited.Position, stored.Revision + 1, stored.Fingerprint);
                    await embed.EmbedAsync([new PendingMessage(version, edited.Name, edited.Content.Text, Attempts: 0)], embed.IsInline, question: null, cancellationToken);
                }

                return edited;
            }
        }

        throw RefusedException.NoMessage(threadId, messageId);
    }

    /// <summary>Removes a message everywhere.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.MessageNotFound"/>.</exception>
    public async Task DeleteAsync(string threadId, string messageId, CancellationToken cancellationToken = default)
    {
        if (!await store.DeleteMessageAsync(threadId, messageId, clock.GetUtcNow().ToMicroseconds(), cancellationToken))
        {
            throw RefusedException.NoMessage(threadId, messageId);
        }
    }
}

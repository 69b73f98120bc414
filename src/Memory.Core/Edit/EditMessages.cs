namespace Memory.Core;

/// <summary>Changes a message in its place and keeps the search index true to it.</summary>
public sealed class EditMessages(IMessageStore store, TimeProvider clock, EmbedMessages? embed = null)
{
    /// <summary>Applies a change to the message as it is now, again if somebody else changed it meanwhile.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.MessageNotFound"/>.</exception>
    public async Task<Message> EditAsync(ThreadAddress thread, string messageId, Func<Message, Message> change, CancellationToken cancellationToken = default)
    {
        ((string? Name, string Text) Of, EmbeddedTexts? Embedded)? asked = null;
        while (await store.FindMessageAsync(thread, messageId, cancellationToken) is { } stored)
        {
            var edited = change(stored.Message);
            var terms = LexicalEncoder.EncodeMessage(edited.Name, edited.Content.Text, edited.CreatedAt).ToBytes();
            var text = (edited.Name, edited.Content.Text);
            var isSameText = text == (stored.Message.Name, stored.Message.Content.Text);
            if (embed is not null && !isSameText && asked?.Of != text)
            {
                asked = (text, await embed.EmbedAsync(edited, cancellationToken)); // once for a text, however often others come between
            }

            var now = clock.GetUtcNow();
            var edit = new MessageEdit(edited, terms, stored.Revision, stored.Fingerprint, now.ToMicroseconds(), isSameText, embed is null ? null : now, isSameText ? null : asked?.Embedded) { ResourceId = thread.ResourceId };
            if (await store.ReplaceMessageAsync(edit, cancellationToken))
            {
                if (embed is not null && !isSameText && edit.Embedded is null)
                {
                    await embed.AnnounceAsync(pending: 1, cancellationToken);
                }

                return edited;
            }
        }

        throw RefusedException.NoMessage(thread.Id, messageId);
    }

    /// <summary>Removes a message everywhere.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.MessageNotFound"/>.</exception>
    public async Task DeleteAsync(ThreadAddress thread, string messageId, CancellationToken cancellationToken = default)
    {
        if (!await store.DeleteMessageAsync(thread, messageId, clock.GetUtcNow().ToMicroseconds(), cancellationToken))
        {
            throw RefusedException.NoMessage(thread.Id, messageId);
        }
    }
}

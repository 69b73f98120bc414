using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Changes to messages and threads, each in one batch; on a server a long thread is deleted in several.</summary>
internal static class Edits
{
    // The key of a message. With the affinity that a plus takes from it, the thread's key would not be looked for in the index, but compared with each of its rows.
    private const string Key = "(select key from messages where key >> 28 = (select +key from threads where id = ?1) and id = ?2)";

    private const string Replace =
        $"""
        update messages set role = ?4, name = ?5, metadata = ?6, content = ?7, terms = ?8, revision = revision + 1
        where key = {Key} and revision = ?3 and content is not null
        """;

    private const string Remove = $"update messages set name = null, metadata = null, content = null, terms = null where key = {Key} and content is not null";
    private const string RemoveWords = $"delete from words where key = {Key}";
    private const string RemoveVectors = $"delete from vectors where key = {Key}";
    private const string Unlist = $"delete from pending_embeddings where key = {Key}";

    private const string AddWords =
        $"""
        insert into words (resource_key, term, key, count, length)
        select t.resource_key, j.value ->> 0, {Key}, j.value ->> 1, ?3 from threads t cross join json_each(?4) j where t.id = ?1
        """;

    private const string AddSpace =
        """
        insert into vector_spaces (model, dimensions, created_at, fill_from, fill_to)
        select ?1, ?2, ?3, 0, (select max(key) from messages) where not exists (select 1 from vector_spaces)
        """;

    private const string AddVectors =
        $"""
        insert into vectors (key, space_key, vectors)
        select {Key}, s.key, ?5 from vector_spaces s where s.key = (select max(key) from vector_spaces) and s.model = ?3 and s.dimensions = ?4
        """;

    private const string ListPending =
        $"""
        insert into pending_embeddings (key, due_at, attempts)
        select m.key, ?3, 0 from messages m
        where m.key = {Key} and (?4 or exists (select 1 from vector_spaces)) and not exists (select 1 from vectors v where v.key = m.key)
        """;

    private const string Touch = "update threads set message_count = message_count + ?2, updated_at = max(updated_at, ?3) where id = ?1";

    /// <summary>Makes the resource ?2 at the time ?3, unless the thread ?1 is there.</summary>
    public const string AddResource =
        "insert into resources (id, created_at) select ?2, ?3 where not exists (select 1 from threads where id = ?1) on conflict (id) do nothing";

    /// <summary>Makes the thread ?1 of the resource ?2, made at the time ?3, of version ?4, with title ?5, metadata ?6 and time to live ?7, unless it is there.</summary>
    public const string AddThread =
        """
        insert into threads (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata, ttl_seconds)
        select key, ?1, ?3, ?3, 0, 0, ?4, ?5, ?6, ?7 from resources where id = ?2
        on conflict (id) do nothing
        """;

    private const string UpdateThread =
        """
        update threads set title = ?3, metadata = ?4, ttl_seconds = ?6, updated_at = max(updated_at, ?5), version = max(version + 1, ?5)
        where id = ?1 and version = ?2
        """;

    private const string ThreadById = $"select {Rows.ThreadColumns} from threads t join resources r on r.key = t.resource_key where t.id = ?1";

    private const string KeyOfThread = "select key from threads where id = ?1";

    private const string IsToGo =
        $"exists (select 1 from threads where id = ?1 and {Rows.IsOf2} and (?3 is null or version = ?3) and (?4 is null or updated_at = ?4) and (?5 is null or key = ?5))";

    // The last key of a step's worth of the thread's messages.
    private const string EndOfStep =
        """
        (select max(key) from (
            select key from messages where key between (select key << 28 from threads where id = ?1) and (select key << 28 | 268435455 from threads where id = ?1) order by key limit ?2))
        """;

    private const string StartOfThread = "(select key << 28 from threads where id = ?1)";
    private const string StepOfWords = $"delete from words where key between {StartOfThread} and {EndOfStep}";
    private const string StepOfVectors = $"delete from vectors where key between {StartOfThread} and {EndOfStep}";
    private const string StepOfPending = $"delete from pending_embeddings where key between {StartOfThread} and {EndOfStep}";
    private const string CountDown = $"update threads set message_count = message_count - (select count(*) from messages where key between {StartOfThread} and {EndOfStep} and content is not null) where id = ?1";
    private const string StepOfMessages = $"delete from messages where key between {StartOfThread} and {EndOfStep}";
    private const string IsEmpty = "not exists (select 1 from messages m where m.key between t.key << 28 and t.key << 28 | 268435455)";

    private const string DeleteWorkingMemory = $"delete from working_memory where is_thread = 1 and owner_key = (select t.key from threads t where t.id = ?1 and {IsEmpty})";
    private const string DeleteThread = $"delete from threads as t where t.id = ?1 and {IsEmpty}";
    private const string StillThere = "select count(*) from threads where id = ?1";

    // On a server, which would take the lock away from a writer that holds it for seconds; a file deletes any thread at once.
    private const int MessagesPerStep = 5_000;

    private const string ChangedMessage = $"select resource_key, {Key}, {Key} from threads where id = ?1";
    private const string ChangedThread = "select resource_key, key << 28, key << 28 | 268435455 from threads where id = ?1";

    private const string CloneResource =
        "insert into resources (id, created_at) select ?1, ?2 where ?1 is not null on conflict (id) do nothing";

    private const string CloneThread =
        """
        insert into threads (resource_key, id, created_at, updated_at, last_position, message_count, version, title, metadata, ttl_seconds)
        select coalesce((select key from resources where id = ?3), s.resource_key), ?2, ?4, ?4, min(coalesce(?5, s.last_position), s.last_position), 0, ?4, s.title, s.metadata, s.ttl_seconds
        from threads s where s.id = ?1
        on conflict (id) do nothing
        """;

    // The source's messages that were copied, and where to.
    private const string Copied = "threads s join threads t on t.id = ?2 join messages m on m.key between s.key << 28 and s.key << 28 | t.last_position";

    private const string CopyMessages =
        $"""
        insert into messages (key, role, created_at, revision, fingerprint, terms, id, name, metadata, content)
        select t.key << 28 | (m.key & 268435455), m.role, m.created_at, m.revision, m.fingerprint, m.terms, m.id, m.name, m.metadata, m.content
        from {Copied} where s.id = ?1 and m.content is not null
        """;

    private const string CopyWords =
        $"""
        insert into words (resource_key, term, key, count, length)
        select t.resource_key, w.term, t.key << 28 | (m.key & 268435455), w.count, w.length from {Copied} join words w on w.key = m.key where s.id = ?1
        """;

    private const string CopyVectors =
        $"""
        insert into vectors (key, space_key, vectors)
        select t.key << 28 | (m.key & 268435455), v.space_key, v.vectors from {Copied} join vectors v on v.key = m.key where s.id = ?1
        """;

    private const string CopyPending =
        $"""
        insert into pending_embeddings (key, due_at, attempts)
        select t.key << 28 | (m.key & 268435455), ?3, 0 from {Copied}
        where s.id = ?1 and m.content is not null
          and not exists (select 1 from vectors v where v.key = m.key and v.space_key = (select max(key) from vector_spaces))
          and (exists (select 1 from vector_spaces) or exists (select 1 from pending_embeddings p where p.key = m.key))
        """;

    private const string CopyWorkingMemory =
        """
        insert into working_memory (is_thread, owner_key, is_json, version, updated_at, text)
        select 1, t.key, w.is_json, w.version, w.updated_at, w.text
        from threads s join threads t on t.id = ?2 join working_memory w on w.is_thread = 1 and w.owner_key = s.key where s.id = ?1
        """;

    private const string FinishCopy =
        """
        update threads set message_count = (select count(*) from messages m where m.key between threads.key << 28 and threads.key << 28 | 268435455) where id = ?1
        """;

    public static Task<bool> ReplaceMessageAsync(LibSqlDatabase database, MessageEdit edit, CancellationToken cancellationToken)
    {
        var message = edit.Message;
        var (threadId, id, now) = (message.ThreadId, message.Id, edit.Now.ToUnixMicroseconds());
        var batch = Batch.Write("edit a message", mayRepeat: false);
        RequireOwner(batch, new ThreadAddress(threadId, edit.ResourceId));
        batch.Add(Replace, threadId, id, edit.Revision, message.Role.Name(), message.Name, message.Metadata?.Text, message.Content.Json.Text, edit.Terms);
        batch.Require(Batch.HasChanged);
        if (database.KeepsWords)
        {
            var words = Words.Of(edit.Terms);
            batch.Add(RemoveWords, threadId, id);
            batch.Add(AddWords, threadId, id, words.Length, words.Json);
        }

        if (!edit.IsSameText)
        {
            batch.Add(RemoveVectors, threadId, id);
            batch.Add(Unlist, threadId, id);
            if (edit.Embedded is { } embedded)
            {
                batch.Add(AddSpace, embedded.Space.Model, embedded.Space.Dimensions, now);
                batch.Add(AddVectors, threadId, id, embedded.Space.Model, embedded.Space.Dimensions, VectorRows.Blob(embedded.Vectors[0]));
            }

            batch.Add(ListPending, threadId, id, edit.EmbeddingDueAt?.ToUnixMicroseconds() ?? now, edit.EmbeddingDueAt is not null);
        }

        batch.Add(Touch, threadId, 0, now);
        Journal.Note(database, batch, ChangedMessage, threadId, id);
        return IsDoneAsync(database, batch, cancellationToken);
    }

    public static Task<bool> DeleteMessageAsync(LibSqlDatabase database, ThreadAddress thread, string messageId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var threadId = thread.Id;
        var batch = Batch.Write("delete a message", mayRepeat: false);
        RequireOwner(batch, thread);
        batch.Add(Remove, threadId, messageId);
        batch.Require(Batch.HasChanged);
        if (database.KeepsWords)
        {
            batch.Add(RemoveWords, threadId, messageId);
        }

        batch.Add(RemoveVectors, threadId, messageId);
        batch.Add(Unlist, threadId, messageId);
        batch.Add(Touch, threadId, -1, now.ToUnixMicroseconds());
        Journal.Note(database, batch, ChangedMessage, threadId, messageId);
        return IsDoneAsync(database, batch, cancellationToken);
    }

    public static Task<bool> CreateThreadAsync(LibSqlDatabase database, ThreadRecord thread, CancellationToken cancellationToken)
    {
        var created = thread.CreatedAt.ToUnixMicroseconds();
        var batch = Batch.Write("create a thread", mayRepeat: false);
        batch.Add(AddResource, thread.Id, thread.ResourceId, created);
        batch.Add(AddThread, thread.Id, thread.ResourceId, created, thread.Version, thread.Title, thread.Metadata?.Text, Rows.Seconds(thread.TimeToLive));
        batch.Require(Batch.HasChanged);
        return IsDoneAsync(database, batch, cancellationToken);
    }

    public static Task<ThreadRecord?> FindThreadAsync(LibSqlDatabase database, string threadId, CancellationToken cancellationToken)
    {
        var batch = Batch.Read("find a thread");
        batch.Add(ThreadById, threadId);
        return database.RunAsync(batch, result => result.First(0, Rows.Thread), cancellationToken);
    }

    public static Task<ThreadRecord?> UpdateThreadAsync(LibSqlDatabase database, ThreadRecord thread, CancellationToken cancellationToken)
    {
        var batch = Batch.Write("update a thread", mayRepeat: false);
        batch.Add(UpdateThread, thread.Id, thread.Version, thread.Title, thread.Metadata?.Text, thread.UpdatedAt.ToUnixMicroseconds(), Rows.Seconds(thread.TimeToLive));
        batch.Require(Batch.HasChanged);
        var read = batch.Add(ThreadById, thread.Id);
        return database.RunAsync(batch, result => result.Stopped is null ? result.First(read, Rows.Thread) : null, cancellationToken);
    }

    public static async Task<bool> DeleteThreadAsync(LibSqlDatabase database, ThreadAddress thread, ThreadCondition? condition, CancellationToken cancellationToken)
    {
        for (long? begun = null; ;)
        {
            var step = await DeleteStepAsync(database, thread, condition, begun, cancellationToken);
            if (step.IsGone || step.Key is null || step.IsRefused)
            {
                return step.IsGone || (begun is not null && step.Key != begun);
            }

            begun = step.Key;
        }
    }

    // What is begun is the same thread's to the end, at whatever version; but what is appended between two steps has been answered, and stays if the time of change counts.
    private static Task<(long? Key, bool IsRefused, bool IsGone)> DeleteStepAsync(
        LibSqlDatabase database, ThreadAddress thread, ThreadCondition? condition, long? begun, CancellationToken cancellationToken)
    {
        var batch = Batch.Write("delete a thread");
        var key = batch.Add(KeyOfThread, thread.Id);
        batch.Require(IsToGo, thread.Id, thread.ResourceId, begun is null ? condition?.Version : null, condition?.UpdatedAt?.ToUnixMicroseconds(), begun);
        Journal.Note(database, batch, ChangedThread, thread.Id);
        foreach (var step in database.KeepsWords ? (string[])[StepOfWords, StepOfVectors, StepOfPending, CountDown, StepOfMessages] : [StepOfVectors, StepOfPending, StepOfMessages])
        {
            batch.Add(step, thread.Id, database.KeepsWords ? MessagesPerStep : MessageKey.LastPosition);
        }

        batch.Add(DeleteWorkingMemory, thread.Id);
        batch.Add(DeleteThread, thread.Id);
        var rest = batch.Add(StillThere, thread.Id);
        return database.RunAsync(batch, result => (result.Number(key), result.Stopped is not null, result.Stopped is null && result.Number(rest) == 0), cancellationToken);
    }

    public static Task<ThreadRecord?> CloneThreadAsync(LibSqlDatabase database, ThreadClone clone, CancellationToken cancellationToken)
    {
        var now = clone.Now.ToUnixMicroseconds();
        var batch = Batch.Write("clone a thread", mayRepeat: false);
        var hasSource = batch.Require(Rows.HasThread, clone.Source.Id, clone.Source.ResourceId);
        batch.Add(CloneResource, clone.ResourceId, now);
        batch.Add(CloneThread, clone.Source.Id, clone.Id, clone.ResourceId, now, clone.UpTo);
        var isFree = batch.Require(Batch.HasChanged);
        batch.Add(CopyMessages, clone.Source.Id, clone.Id);
        if (database.KeepsWords)
        {
            batch.Add(CopyWords, clone.Source.Id, clone.Id);
        }

        batch.Add(CopyVectors, clone.Source.Id, clone.Id);
        batch.Add(CopyPending, clone.Source.Id, clone.Id, now);
        batch.Add(CopyWorkingMemory, clone.Source.Id, clone.Id);
        batch.Add(FinishCopy, clone.Id);
        Journal.Note(database, batch, ChangedThread, clone.Id);
        var read = batch.Add(ThreadById, clone.Id);
        return database.RunAsync(
            batch,
            result => result.Stopped == isFree ? throw EditThreads.Taken(clone.Id) : result.Stopped == hasSource ? null : result.First(read, Rows.Thread),
            cancellationToken);
    }

    // Within the batch that it is for, and before anything of it.
    private static void RequireOwner(Batch batch, ThreadAddress thread)
    {
        if (thread.ResourceId is not null)
        {
            batch.Require(Rows.HasThread, thread.Id, thread.ResourceId);
        }
    }

    private static Task<bool> IsDoneAsync(LibSqlDatabase database, Batch batch, CancellationToken cancellationToken) =>
        database.RunAsync(batch, result => result.Stopped is null, cancellationToken);
}

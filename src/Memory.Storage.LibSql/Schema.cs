using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The tables, and how an older file becomes a current one: forward only, a version at a time, once among all processes.</summary>
internal static class Schema
{
    /// <summary>Each version's statements; a released one never changes.</summary>
    public static IReadOnlyList<string[]> Versions { get; } =
    [
        [
            """
            create table resources (
                key integer primary key autoincrement,
                id text not null unique,
                created_at integer not null
            ) strict
            """,
            """
            create table threads (
                key integer primary key autoincrement,
                resource_key integer not null,
                id text not null unique,
                created_at integer not null,
                updated_at integer not null,
                last_position integer not null,
                message_count integer not null,
                version integer not null,
                title text,
                metadata text
            ) strict
            """,
            "create index threads_by_created_at on threads (resource_key, created_at, id)",
            "create index threads_by_updated_at on threads (resource_key, updated_at, id)",

            // A message's key is its thread's key and its position (MessageKey), so that the table itself is ordered as threads are read.
            // Small columns come first: the search index is built from a row's beginning. A row without content is what remains of a
            // deleted message: its id stays taken.
            """
            create table messages (
                key integer primary key,
                role text not null,
                created_at integer not null,
                revision integer not null,
                fingerprint blob not null,
                terms blob,
                id text not null,
                name text,
                metadata text,
                content text
            ) strict
            """,
            "create unique index messages_by_id on messages (key >> 28, id)",
            """
            create table working_memory (
                is_thread integer not null,
                owner_key integer not null,
                is_json integer not null,
                version integer not null,
                updated_at integer not null,
                text text not null,
                primary key (is_thread, owner_key)
            ) strict, without rowid
            """,
            """
            create table operations (
                key integer primary key autoincrement,
                id text not null unique,
                kind text not null,
                resource_id text,
                thread_id text not null,
                status integer not null,
                attempts integer not null,
                due_at integer not null,
                created_at integer not null,
                updated_at integer not null,
                error_code text,
                error_message text,
                payload text,
                result text
            ) strict
            """,
            "create index operations_due on operations (due_at, key) where status < 2",
            "create index operations_ended on operations (status, updated_at) where status >= 2",
            "create index operations_by_resource on operations (resource_id) where resource_id is not null",

            // What changed since when, for search indexes in memory, this process's and others'. Its newest row always stays, so that
            // sequence numbers rise without the bookkeeping of autoincrement on every append.
            """
            create table changes (
                sequence integer primary key,
                resource_key integer not null,
                first_key integer not null,
                last_key integer not null
            ) strict
            """,
        ],
        [
            // The newest is the current one. Messages from fill_from to fill_to may still have to be put on the list of those that await their vectors.
            """
            create table vector_spaces (
                key integer primary key autoincrement,
                model text not null,
                dimensions integer not null,
                created_at integer not null,
                fill_from integer not null,
                fill_to integer not null
            ) strict
            """,

            // One row a message, by its key, whatever the number of its vectors: there cannot be two sets.
            """
            create table vectors (
                key integer primary key,
                space_key integer not null,
                vectors blob not null
            ) strict
            """,

            // Without an index by time: in quiet times it is nearly empty, and after an outage nearly all of it is due.
            """
            create table pending_embeddings (
                key integer primary key,
                due_at integer not null,
                attempts integer not null
            ) strict
            """,
        ],
        [
            // Vectors of messages that are kept elsewhere; a content's one after another.
            """
            create table split_vectors (
                thread_id text not null,
                message_id text not null,
                revision integer not null,
                fingerprint text not null,
                resource_id text not null,
                model text not null,
                dimensions integer not null,
                role text not null,
                created_at integer not null,
                vectors blob not null,
                primary key (thread_id, message_id, revision, fingerprint, resource_id)
            ) strict
            """,
            "create index split_vectors_by_resource on split_vectors (resource_id)",
        ],
        [
            // Which messages hold a term, for search on a server (WordIndex); a message's own row is that of the term ''. Empty in a file that this process has open: there the
            // index is in memory.
            """
            create table words (
                resource_key integer not null,
                term text not null,
                key integer not null,
                count integer not null,
                length integer not null,
                primary key (resource_key, term, key)
            ) strict, without rowid
            """,
            "create index words_by_message on words (key)",

            // How far it goes: one row, with the key of the last message in it; null when every message is.
            """
            create table word_index (
                one integer primary key check (one = 1),
                filled_to integer
            ) strict
            """,
        ],
        [
            "alter table threads add column ttl_seconds integer",

            // When threads are over that have a time to live of their own. Appends to others do not touch it.
            "create index threads_by_end on threads (updated_at + ttl_seconds * 1000000) where ttl_seconds is not null",

            // That a resource was erased and when, by a hash of its id (Erasures).
            "create table erasures (mark text primary key, erased_at integer not null) strict, without rowid",
            "create index erasures_by_time on erasures (erased_at)",
            "create index operations_of_nobody on operations (thread_id) where resource_id is null",
            """
            create table access_keys (
                id text primary key,
                hash text not null,
                name text,
                grant_json text not null,
                created_at integer not null,
                expires_at integer
            ) strict, without rowid
            """,
        ],
    ];

    /// <summary>Brings the database to the current version.</summary>
    /// <exception cref="MemoryStoreException">The file was written by a newer version of the product.</exception>
    public static void Migrate(SqliteSession session, DateTimeOffset now)
    {
        if (Version(session) == Versions.Count)
        {
            return;
        }

        session.Execute("begin immediate");
        session.Execute("create table if not exists schema_versions (version integer primary key, applied_at integer not null) strict");
        var from = (int)session.Number("select coalesce(max(version), 0) from schema_versions")!.Value; // an aggregate always has a row
        for (var version = from + 1; version <= Versions.Count; version++)
        {
            foreach (var statement in Versions[version - 1])
            {
                session.Execute(statement);
            }

            session.Execute("insert into schema_versions (version, applied_at) values (?1, ?2)", version, now.ToUnixMicroseconds());
        }

        session.Execute("commit");
        if (from > Versions.Count)
        {
            throw new MemoryStoreException(Faults.Store, "open the database", false,
                $"the file has schema version {from}, and this program knows versions up to {Versions.Count}; use a newer program");
        }
    }

    /// <summary>The version that is there; 0 for a database without a schema.</summary>
    public static int Version(SqliteSession session) =>
        session.Number("select 1 from sqlite_schema where name = 'schema_versions'") is null
            ? 0
            : (int)(session.Number("select max(version) from schema_versions") ?? 0);
}

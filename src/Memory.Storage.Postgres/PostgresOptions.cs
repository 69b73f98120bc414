using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Memory.Storage.Postgres;

/// <summary>A PostgreSQL database with pgvector (configuration: <c>Memory:Postgres</c>).</summary>
public sealed class PostgresOptions
{
    /// <summary>The name of the options, and the key of the database, of vectors whose messages are elsewhere.</summary>
    public const string Vectors = "vectors";

    /// <summary>
    /// Where the database is: <c>postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require</c>, percent-encoded, or an Npgsql connection string (<c>Host=…;Database=…</c>).
    /// <c>DATABASE_URL</c> when empty.
    /// </summary>
    public string Url { get; set; } = "";

    /// <summary>The database of vectors that are kept apart from their messages, in the same forms; empty for <see cref="Url"/>'s. Everything else here is true of both.</summary>
    public string VectorUrl { get; set; } = "";

    /// <summary>The schema that everything is in; any identifier of at most 63 bytes.</summary>
    [Required]
    public string Schema { get; set; } = "memory";

    /// <summary>What the names of tables and functions begin with.</summary>
    public string TablePrefix { get; set; } = "";

    /// <summary>Tables by other names, without the prefix: <c>messages</c> → <c>Chat Messages</c>. The keys are those of <see cref="PostgresNames.Tables"/>.</summary>
    public Dictionary<string, string> TableNames { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether schema and tables are made, and brought up to date, when they are first needed. Otherwise they have to be there.</summary>
    public bool CreateSchema { get; set; } = true;

    /// <summary>Removes all tables, and what is in them, when the process first needs them. Refused outside Development.</summary>
    public bool DropTables { get; set; }

    /// <summary>Lets <see cref="DropTables"/> do so outside Development too.</summary>
    public bool ForceDropTables { get; set; }

    /// <summary>How many numbers a vector has; 0 for as many as the embedder gives. Vectors of another length are refused.</summary>
    [Range(0, 16_000)]
    public int Dimensions { get; set; }

    /// <summary>How vectors are stored, when the tables are made: <c>HalfVec</c> takes half the space and finds the same messages (docs/decisions/0008), <c>Vector</c> keeps every bit.</summary>
    [EnumDataType(typeof(VectorType))]
    public VectorType VectorType { get; set; } = VectorType.HalfVec;

    /// <summary>
    /// From how many vectors on a resource gets an HNSW index of its own, if they have 256 numbers or more; below, an exact scan is fast enough and an append need not pay for
    /// one. 0 for never.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int IndexFrom { get; set; } = 5_000;

    /// <summary>By what the tables of messages and vectors are hash-partitioned, when they are made.</summary>
    [EnumDataType(typeof(PartitionKey))]
    public PartitionKey PartitionBy { get; set; } = PartitionKey.None;

    /// <summary>Into how many partitions.</summary>
    [Range(2, 1_024)]
    public int Partitions { get; set; } = 16;

    /// <summary>Whether there is a pooler between that gives each transaction another connection, such as PgBouncer in transaction mode: nothing is then prepared beyond one.</summary>
    public bool TransactionPooler { get; set; }

    /// <summary>Signs in with Microsoft Entra tokens instead of a password; the user name is the identity's.</summary>
    public bool EntraAuthentication { get; set; }

    /// <summary>The client id of a user-assigned identity; empty for whichever identity there is.</summary>
    public string ManagedIdentityClientId { get; set; } = "";

    /// <summary>How long a statement may take, in seconds.</summary>
    [Range(1, 3_600)]
    public int CommandTimeoutSeconds { get; set; } = 30;

    /// <summary>How long a call waits for a connection, to be made or to become free in the pool, in seconds.</summary>
    [Range(1, 600)]
    public int ConnectTimeoutSeconds { get; set; } = 15;

    /// <summary>How many connections are kept, and how long.</summary>
    [ValidateObjectMembers]
    public PoolOptions Pool { get; } = new();
}

/// <summary>How a vector is stored.</summary>
public enum VectorType
{
    /// <summary>16 bits a number.</summary>
    HalfVec,

    /// <summary>32 bits a number.</summary>
    Vector,
}

/// <summary>What tables are partitioned by.</summary>
public enum PartitionKey
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>The resource: a recall over a resource reads one partition.</summary>
    Resource,

    /// <summary>The thread: spreads a single resource's load.</summary>
    Thread,
}

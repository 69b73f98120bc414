using System.ComponentModel.DataAnnotations;

namespace Memory.Storage.Postgres;

/// <summary>The pool of connections to PostgreSQL (configuration: <c>Memory:Postgres:Pool</c>).</summary>
public sealed class PoolOptions
{
    /// <summary>What the other values are unless they are set: <c>Serverless</c> for instances that come and go, <c>Server</c> for a process that stays.</summary>
    [EnumDataType(typeof(PoolPreset))]
    public PoolPreset Preset { get; set; } = PoolPreset.Server;

    /// <summary>The most connections of this process: 10 serverless, 20 on a server.</summary>
    [Range(1, 1_000)]
    public int? Max { get; set; }

    /// <summary>Connections kept open without use: 0 serverless, 5 on a server.</summary>
    [Range(0, 1_000)]
    public int? Min { get; set; }

    /// <summary>After how many seconds without use a connection is closed: 10 serverless, 30 on a server.</summary>
    [Range(1, 86_400)]
    public int? IdleTimeoutSeconds { get; set; }

    /// <summary>After how many seconds a connection is replaced, so that load moves to a new server and memory is given back: 300 serverless, 3,600 on a server.</summary>
    [Range(0, 86_400)]
    public int? LifetimeSeconds { get; set; }

    /// <summary>The values in force: most connections, fewest, seconds without use, seconds of life.</summary>
    internal (int Max, int Min, int IdleTimeoutSeconds, int LifetimeSeconds) InForce()
    {
        var (max, min, idle, lifetime) = Preset == PoolPreset.Serverless ? (10, 0, 10, 300) : (20, 5, 30, 3_600);
        return (Max ?? max, Math.Min(Min ?? min, Max ?? max), IdleTimeoutSeconds ?? idle, LifetimeSeconds ?? lifetime);
    }
}

/// <summary>What kind of process the pool is for.</summary>
public enum PoolPreset
{
    /// <summary>At most 10 connections, none kept, closed after 10 s without use.</summary>
    Serverless,

    /// <summary>At most 20 connections, 5 kept, closed after 30 s without use.</summary>
    Server,
}

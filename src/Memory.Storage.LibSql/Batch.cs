namespace Memory.Storage.LibSql;

/// <summary>
/// Statements that are carried out one after another in one transaction, on a server in one request: the first that fails ends it, and nothing of it stays. A decision that
/// would need an answer in between is a statement of its own that fails on purpose (<see cref="Require"/>).
/// </summary>
/// <param name="operation">What is being done, as a verb phrase, for messages.</param>
/// <param name="isWrite">Whether it changes something, and so has to wait for other writers.</param>
internal sealed class Batch(string operation, bool isWrite)
{
    /// <summary>How many rows the statement before changed.</summary>
    public const string HasChanged = "changes() > 0";

    private readonly List<Statement> statements = [];

    /// <summary>The statements, without the transaction around them.</summary>
    public IReadOnlyList<Statement> Statements => statements;

    /// <summary>Whether it changes something, and so has to wait for other writers.</summary>
    public bool IsWrite { get; } = isWrite;

    /// <summary>What is being done.</summary>
    public string Operation { get; } = operation;

    /// <summary>Whether sending it a second time, after an answer that was lost, does and tells what the first time would have.</summary>
    public bool MayRepeat { get; init; } = true;

    /// <summary>How many statements there are.</summary>
    public int Count => statements.Count;

    /// <summary>Reads, all of one state of the database.</summary>
    public static Batch Read(string operation) => new(operation, isWrite: false);

    /// <summary>Writes.</summary>
    public static Batch Write(string operation, bool mayRepeat = true) => new(operation, isWrite: true) { MayRepeat = mayRepeat };

    /// <summary>Adds a statement with values for ?1, ?2 …</summary>
    /// <returns>Its number in the result.</returns>
    public int Add(string sql, params object?[] values)
    {
        statements.Add(new Statement(sql, values, IsRequirement: false));
        return statements.Count - 1;
    }

    /// <summary>Adds a condition without which nothing of the batch is done; the result then says which one it was.</summary>
    /// <returns>Its number in the result.</returns>
    public int Require(string condition, params object?[] values)
    {
        // There is no statement for it that is allowed outside a trigger: text that isn't JSON makes an error of any.
        statements.Add(new Statement($"select iif({condition}, 1, json(''))", values, IsRequirement: true));
        return statements.Count - 1;
    }
}

/// <summary>A statement of a batch.</summary>
/// <param name="Sql">Its text.</param>
/// <param name="Values">Values for ?1, ?2 …</param>
/// <param name="IsRequirement">Whether it is a condition.</param>
internal sealed record Statement(string Sql, object?[] Values, bool IsRequirement);

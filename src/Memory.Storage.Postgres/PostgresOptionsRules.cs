using Microsoft.Extensions.Options;

namespace Memory.Storage.Postgres;

/// <summary>Rules that one attribute cannot say.</summary>
internal sealed class PostgresOptionsRules(bool isDevelopment) : IValidateOptions<PostgresOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PostgresOptions options)
    {
        List<string> failures = [];
        try
        {
            PostgresUrl.Parse(options.Url);
        }
        catch (FormatException wrong)
        {
            var (setting, others) = name == PostgresOptions.Vectors ? ("Memory:Postgres:VectorUrl", "Memory:Postgres:Url or DATABASE_URL") : ("Memory:Postgres:Url", "DATABASE_URL");
            failures.Add(options.Url.Length == 0 ? $"{setting} is empty; set it or {others}." : $"{setting} (or {others}): {wrong.Message}.");
        }

        try
        {
            _ = new PostgresNames(options);
        }
        catch (ArgumentException wrong)
        {
            failures.Add(wrong.Message);
        }

        if (options.DropTables && !isDevelopment && !options.ForceDropTables)
        {
            failures.Add("Memory:Postgres:DropTables would remove every conversation. It is for Development; elsewhere set Memory:Postgres:ForceDropTables too, once.");
        }

        if (options.DropTables && !options.CreateSchema)
        {
            failures.Add("Memory:Postgres:DropTables needs Memory:Postgres:CreateSchema, or nothing would be there afterwards.");
        }

        if (options.Pool.Min > options.Pool.InForce().Max)
        {
            failures.Add($"Memory:Postgres:Pool:Min ({options.Pool.Min}) is more than Memory:Postgres:Pool:Max ({options.Pool.InForce().Max}).");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Memory.Infra.Tests;

/// <summary>
/// What Azure would be asked for. Bicep's own <c>snapshot</c> works it out from a copy of the templates in which two things differ:
/// what only Azure can tell (addresses and ids, all of them outputs of modules) is made up, and secrets are not hidden, so that it shows where they go.
/// </summary>
internal sealed partial class Deployment
{
    private static readonly ConcurrentDictionary<string, Task<Deployment>> Known = new();

    private static readonly Dictionary<string, Dictionary<string, string>> Backends = new()
    {
        ["upstash"] = new()
        {
            ["UPSTASH_REDIS_REST_URL"] = "https://redis.example",
            ["UPSTASH_REDIS_REST_TOKEN"] = "redis-token-1",
            ["UPSTASH_VECTOR_REST_URL"] = "https://vector.example",
            ["UPSTASH_VECTOR_REST_TOKEN"] = "vector-token-1",
        },
        ["postgres"] = [],
        ["libsql"] = new() { ["LIBSQL_URL"] = "libsql://memory.example", ["LIBSQL_AUTH_TOKEN"] = "sql-token-1" },
    };

    private Deployment(JsonObject snapshot)
    {
        Resources = [.. snapshot["predictedResources"]!.AsArray().Select(resource => resource!.AsObject())]; // a snapshot has both
        Outputs = snapshot["outputs"]!.AsObject();
    }

    public static string[] Environments { get; } = [.. Directory.GetFiles(Repository.Infra, "*.bicepparam").Select(file => Path.GetFileNameWithoutExtension(file))];

    /// <summary>Every environment with every backend.</summary>
    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var environment in Environments)
            {
                foreach (var backend in Backends.Keys)
                {
                    all.Add(environment, backend);
                }
            }

            return all;
        }
    }

    public static IEnumerable<string> Tokens { get; } = Backends.Values.SelectMany(variables => variables).Where(variable => variable.Key.EndsWith("_TOKEN", StringComparison.Ordinal)).Select(variable => variable.Value);

    public IReadOnlyList<JsonObject> Resources { get; }

    public JsonObject Outputs { get; }

    /// <summary>The app's settings.</summary>
    public IReadOnlyDictionary<string, string> Settings => One("Microsoft.Web/sites")["siteConfig"]!["appSettings"]!.AsArray() // the template always sets some
        .ToDictionary(setting => setting!["name"]!.GetValue<string>(), setting => setting!["value"]!.GetValue<string>());

    /// <summary>Works out an environment with a backend.</summary>
    /// <param name="environment">The parameter file's name.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="changes">Parameters that differ, <c>name = value</c>, and variables that do, <c>NAME=value</c>.</param>
    /// <exception cref="InvalidOperationException">The template refuses, with its message.</exception>
    public static Task<Deployment> OfAsync(string environment, string backend, params string[] changes) =>
        Known.GetOrAdd(string.Join('\n', [environment, backend, .. changes]), _ => EvaluateAsync(environment, backend, changes));

    public IEnumerable<JsonObject> OfType(string type) => Resources.Where(resource => resource["type"]!.GetValue<string>() == type); // every resource has one

    /// <summary>The properties of the only resource of a type.</summary>
    public JsonObject One(string type) => Assert.Single(OfType(type))["properties"]!.AsObject(); // those asked for have some

    private static async Task<Deployment> EvaluateAsync(string environment, string backend, string[] changes)
    {
        var folder = Directory.CreateTempSubdirectory("memory-infra-");
        try
        {
            foreach (var file in Directory.GetFiles(Repository.Infra))
            {
                var text = await File.ReadAllTextAsync(file);
                await File.WriteAllTextAsync(
                    Path.Combine(folder.FullName, Path.GetFileName(file)),
                    Path.GetFileName(file) == "main.bicep" ? Secret().Replace(text, "") : Unknown().Replace(Secret().Replace(text, ""), MadeUp));
            }

            var parameters = Path.Combine(folder.FullName, $"{environment}.bicepparam");
            var variables = new Dictionary<string, string>(Backends[backend]) { ["MEMORY_STORAGE_BACKEND"] = backend };
            foreach (var change in changes)
            {
                var parts = change.Split('=', 2, StringSplitOptions.TrimEntries);
                if (Bicep.Variables.Contains(parts[0]))
                {
                    variables[parts[0]] = parts[1];
                    continue;
                }

                var others = (await File.ReadAllLinesAsync(parameters)).Where(line => !line.StartsWith($"param {parts[0]} ", StringComparison.Ordinal));
                await File.WriteAllLinesAsync(parameters, [.. others, $"param {change}"]);
            }

            var (exitCode, _, messages) = await Bicep.RunAsync(
                ["snapshot", parameters, "--mode", "overwrite", "--subscription-id", Guid.Empty.ToString(), "--resource-group", "memory", "--location", "westeurope"], variables);
            var snapshot = JsonNode.Parse(exitCode == 0 ? await File.ReadAllTextAsync(Path.ChangeExtension(parameters, ".snapshot.json")) : throw new InvalidOperationException(messages))!.AsObject(); // an object
            Assert.Empty(snapshot["diagnostics"]!.AsArray());
            return new Deployment(snapshot);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string MadeUp(Match output)
    {
        var name = output.Groups[1].Value;
        return $"output {name} string = '{(name.EndsWith("Uri", StringComparison.Ordinal) || name is "endpoint" or "url" ? $"https://{name}.example" : $"made-up-{name}")}'";
    }

    [GeneratedRegex(@"^output (\w+) string = .*\.properties\..*$", RegexOptions.Multiline)]
    private static partial Regex Unknown();

    [GeneratedRegex(@"^@secure\(\)\n", RegexOptions.Multiline)]
    private static partial Regex Secret();
}

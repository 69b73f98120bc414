using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Memory.Storage.Upstash;

/// <summary>Redis commands over REST (https://upstash.com/docs/redis/features/restapi). Arguments are text; results are read within the call.</summary>
internal sealed class RedisClient(RestClient rest, bool allowKeyLocking)
{
    private const string KeyLocking = "#!lua flags=allow-key-locking\n";

    // Nothing but control characters, quotes and backslashes needs an escape here, which keeps requests short.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>As <see cref="RestClient.ServerTime"/>.</summary>
    public DateTimeOffset? ServerTime => rest.ServerTime;

    /// <summary>Sends commands in one request; not one transaction. An error of any of them is the call's.</summary>
    public Task<T> PipelineAsync<T>(string operation, IReadOnlyList<IReadOnlyList<string>> commands, Func<JsonElement[], T> read, CancellationToken cancellationToken) =>
        rest.SendAsync(
            operation, "/pipeline",
            Write(writer =>
            {
                writer.WriteStartArray();
                foreach (var command in commands)
                {
                    Write(writer, command);
                }

                writer.WriteEndArray();
            }),
            answer => read([.. answer.EnumerateArray().Select(Result)]), cancellationToken, commands: commands.Count);

    /// <summary>Sends one command.</summary>
    public Task<T> CommandAsync<T>(string operation, IReadOnlyList<string> command, Func<JsonElement, T> read, CancellationToken cancellationToken) =>
        rest.SendAsync(operation, "", Write(writer => Write(writer, command)), answer => read(Result(answer)), cancellationToken);

    /// <summary>Runs a script. With keys it touches these alone, and locks no more; without, it makes the names of its keys itself.</summary>
    public Task<T> EvalAsync<T>(string operation, string script, IReadOnlyList<string> keys, IReadOnlyList<string> arguments, Func<JsonElement, T> read, CancellationToken cancellationToken) =>
        CommandAsync(
            operation,
            ["EVAL", allowKeyLocking && keys.Count > 0 ? KeyLocking + script : script, Packed.Number(keys.Count), .. keys, .. arguments],
            read, cancellationToken);

    // {"result": …} or {"error": "…"}, whatever the status.
    private JsonElement Result(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("result", out var result) ? result
        : throw Faults.Of(rest.Address, answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("error", out var error) ? error.ToString() : "an answer without a result");

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(4_096);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<string> command)
    {
        writer.WriteStartArray();
        foreach (var argument in command)
        {
            writer.WriteStringValue(argument);
        }

        writer.WriteEndArray();
    }
}

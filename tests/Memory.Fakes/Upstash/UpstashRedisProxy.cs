using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Memory.Fakes;

/// <summary>
/// Upstash's Redis over REST on this machine, in front of a real Redis: its endpoints, answers, limits, refusals and bills, and whatever goes wrong on demand.
/// What the documentation leaves open is decided here and said where it is; error texts count up to their first word only.
/// </summary>
/// <remarks>
/// Not here: <c>/monitor</c> and <c>/subscribe</c>, answers in RESP2, replicas, and the commands a plain Redis lacks (JSON.*, SEARCH.*). Calls of a function that
/// FCALL runs are not billed. FLUSHALL, FLUSHDB and CONFIG are refused because the Redis behind it is shared; a test has a prefix of its own instead.
/// </remarks>
public sealed class UpstashRedisProxy : FakeUpstash
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "HEAD"];

    private readonly UpstashRedisProxyOptions options;
    private readonly RedisConnections redis;
    private readonly RedisScripts scripts = new();
    private RedisCommandRules? rules;
    private int writes;

    private UpstashRedisProxy(UpstashRedisProxyOptions options)
        : base(options.Token, options.ReadOnlyToken) =>
        (this.options, redis) = (options, new RedisConnections(options.Redis, options.Database));

    /// <summary>Which quota is used up. That a pipeline has the error in each entry, and a transaction once for all, is a guess.</summary>
    public UpstashQuota Quota { get; set; }

    /// <summary>The <c>upstash-sync-token</c> that answers have now: another after each write.</summary>
    public string SyncToken => string.Create(CultureInfo.InvariantCulture, $"fake-sync-{writes}");

    /// <summary>Starts one on a free port.</summary>
    public static async Task<UpstashRedisProxy> StartAsync(UpstashRedisProxyOptions options)
    {
        UpstashRedisProxy proxy = new(options);
        proxy.rules = new RedisCommandRules((await proxy.redis.SendAsync([RedisCommand.Of("COMMAND")]))[0]);
        await proxy.ListenAsync();
        return proxy;
    }

    /// <summary>Removes every key that begins with a prefix: what a run leaves in a Redis that is shared.</summary>
    /// <param name="prefix">Without characters that mean something in a pattern.</param>
    public async Task RemoveAsync(string prefix)
    {
        for (var cursor = "0"; ;)
        {
            var page = (await redis.SendAsync([RedisCommand.Of("SCAN", cursor, "MATCH", $"{prefix}*", "COUNT", "1000")]))[0];
            string[] keys = [.. page.Items[1].Items.Select(key => key.Text)];
            if (keys.Length > 0)
            {
                await redis.SendAsync([RedisCommand.Of(["UNLINK", .. keys])]);
            }

            cursor = page.Items[0].Text;
            if (cursor == "0")
            {
                return;
            }
        }
    }

    private protected override ValueTask CloseAsync()
    {
        redis.Dispose();
        return ValueTask.CompletedTask;
    }

    private protected override UpstashRequest Describe(UpstashRequest request, HttpContext context, ReadOnlyMemory<byte> body)
    {
        var read = RedisRequest.Read(context, body);
        context.Items[typeof(RedisRequest)] = read;
        return request with { Commands = [.. read.Commands.Select(command => command.Name)] };
    }

    private protected override async Task<(UpstashAnswer Answer, UpstashRequest Request)> ApplyAsync(UpstashRequest request, HttpContext context, ReadOnlyMemory<byte> body)
    {
        var read = (RedisRequest)context.Items[typeof(RedisRequest)]!; // Describe put it there
        if (Refusal(request, context, read) is var (status, error))
        {
            return (Failure(status, error), request);
        }

        List<RedisStep> steps = [.. read.Commands.Select(command => rules!.Refusal(command, MayWrite(context)!.Value, Quota) is { } refusal ? RedisStep.Refused(refusal) : scripts.Plan(command))]; // a caller who isn't known was refused
        if (read.Form == RedisRequestForm.Transaction && steps.FirstOrDefault(step => step.IsRefused)?.Reply is { } first)
        {
            return (Failure(400, first.Text), request);
        }

        try
        {
            var (answer, extra) = await RunAsync(read, steps, IsBase64(context));
            return (answer, request with { Billed = steps.Sum(step => step.Billed) + extra });
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return (Failure(500, $"ERR {exception.Message}"), request); // what the service says when its database is away is not documented
        }
    }

    private (int Status, string Error)? Refusal(UpstashRequest request, HttpContext context, RedisRequest read)
    {
        // That /pipeline and /multi-exec are for POST and PUT only is a guess.
        if (!Methods.Contains(request.Method) || (read.Form != RedisRequestForm.Path && request.Method is "GET" or "HEAD"))
        {
            return (405, "ERR only HEAD, GET, POST and PUT methods are allowed");
        }

        if (MayWrite(context) is null)
        {
            return (401, "WRONGPASS invalid or missing auth token");
        }

        if (context.Request.Headers.TryGetValue("Upstash-Response-Format", out var format) && format != "json")
        {
            return (400, "ERR this stand-in answers in JSON only");
        }

        return read.Error is { } error ? (400, error)
            : read.Commands.FirstOrDefault(command => command.Size > options.MaxCommandBytes) is { } large ? (413, RedisLimits.Exceeded(large.Size, options.MaxCommandBytes))
            : null;
    }

    private async Task<(UpstashAnswer Answer, int Extra)> RunAsync(RedisRequest read, IReadOnlyList<RedisStep> steps, bool inBase64)
    {
        var isTransaction = read.Form == RedisRequestForm.Transaction;
        List<RedisCommand> commands = [.. steps.Select(step => step.Sent).OfType<RedisCommand>()];
        var replies = await redis.SendAsync(isTransaction ? [RedisCommand.Of("MULTI"), .. commands, RedisCommand.Of("EXEC")] : commands);
        if (read.Commands.Any(rules!.Writes)) // StartAsync made them
        {
            Interlocked.Increment(ref writes);
        }

        if (isTransaction)
        {
            if (replies[^1].IsError)
            {
                return (Failure(400, (replies.FirstOrDefault(reply => reply.IsError) ?? replies[^1]).Text), 0); // the first error says more than EXEC's
            }

            replies = replies[^1].Items;
        }

        var isTooLarge = false;
        foreach (var (step, reply) in steps.Where(step => step.Sent is not null).Zip(replies))
        {
            isTooLarge |= step.Finish(reply, options.MaxCommandBytes);
        }

        return (Answer(read.Form, steps, isTooLarge, inBase64), isTransaction ? 2 : 0);
    }

    private UpstashAnswer Answer(RedisRequestForm form, IReadOnlyList<RedisStep> steps, bool isTooLarge, bool inBase64)
    {
        if (form is RedisRequestForm.Pipeline or RedisRequestForm.Transaction)
        {
            return Json(
                200,
                writer =>
                {
                    writer.WriteStartArray();
                    foreach (var step in steps)
                    {
                        RedisJson.Write(writer, step.Reply!, inBase64); // each has run
                    }

                    writer.WriteEndArray();
                },
                SyncHeader);
        }

        // A result that is too large is an error with 200 where the command is in the path, as others saw; for POST / nobody says.
        var reply = steps[0].Reply!;
        var status = reply.IsError && !(isTooLarge && form == RedisRequestForm.Path) ? 400 : 200;
        return Json(status, writer => RedisJson.Write(writer, reply, inBase64), SyncHeader);
    }

    private UpstashAnswer Failure(int status, string error) => Json(status, writer => RedisJson.Write(writer, RedisReply.Error(error), inBase64: false), SyncHeader);

    private (string Name, string Value) SyncHeader => ("upstash-sync-token", SyncToken);

    private static bool IsBase64(HttpContext context) => context.Request.Headers["Upstash-Encoding"].ToString().Equals("base64", StringComparison.OrdinalIgnoreCase);
}

using System.Globalization;
using System.Text;
using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Http;

/// <summary>The cost receipt: <c>Memory-Cost: ?1</c> asks for it, and the answer's headers <c>Memory-Cost</c> (a dictionary of RFC 9651) and <c>Server-Timing</c> are it.</summary>
internal static class CostHeaders
{
    private const string Name = "Memory-Cost", Timing = "Server-Timing";

    /// <summary>Opens a receipt for the request that runs here, if it asks for one, and writes it when the answer begins.</summary>
    public static void AddIfAsked(HttpContext context)
    {
        if (!IsAsked(context.Request))
        {
            return;
        }

        var clock = context.RequestServices.GetRequiredService<TimeProvider>();
        var start = clock.GetTimestamp();
        var receipt = CostReceipt.Open();
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[Name] = Cost(receipt);
            context.Response.Headers[Timing] = Times(receipt, clock.GetElapsedTime(start));
            return Task.CompletedTask;
        });
    }

    // A boolean of RFC 9651, with or without parameters; what is none is passed over, as that asks for.
    private static bool IsAsked(HttpRequest request) =>
        request.Headers.TryGetValue(Name, out var values) && values is [{ } value] && value.AsSpan().Trim(' ') is var item && item.StartsWith("?1") && (item.Length == 2 || item[2] == ';');

    private static string Cost(CostReceipt receipt) => string.Create(
        CultureInfo.InvariantCulture,
        $"requests={receipt.Requests}, commands={receipt.Commands}, bytes-sent={receipt.BytesSent}, bytes-received={receipt.BytesReceived}, embedding-tokens={receipt.EmbeddingTokens}");

    private static string Times(CostReceipt receipt, TimeSpan total)
    {
        var times = new StringBuilder();
        Add("append", receipt.Append);
        Add("embed", receipt.Embed);
        Add("search", receipt.Search);
        Add("total", total);
        return times.ToString();

        void Add(string name, TimeSpan? time)
        {
            if (time is { } spent)
            {
                times.Append(times.Length > 0 ? ", " : "").Append(CultureInfo.InvariantCulture, $"{name};dur={spent.TotalMilliseconds:0.###}");
            }
        }
    }
}

using System.Text.Json;
using Flurl.Http;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The way to a server, which counts what passes and loses or delays it when told to.</summary>
internal sealed class Wire : DelegatingHandler
{
    private readonly HttpClient http;
    private int requests, loseAnswers, loseRequests;

    public Wire()
        : base(TestServer.Handler())
    {
        http = new HttpClient(this, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        Client = new FlurlClient(http);
    }

    /// <summary>For a database that is reached over it.</summary>
    public IFlurlClient Client { get; }

    /// <summary>How many requests were sent.</summary>
    public int Requests => requests;

    /// <summary>How many rows the statements of the last request have read.</summary>
    public long RowsRead { get; private set; }

    /// <summary>What is added to each request.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Has the next requests carried out and their answers lost.</summary>
    public void LoseAnswers(int count) => loseAnswers = count;

    /// <summary>Has the next requests lost.</summary>
    public void LoseRequests(int count) => loseRequests = count;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref requests);
        await Task.Delay(Delay, cancellationToken);
        if (Interlocked.Decrement(ref loseRequests) >= 0)
        {
            throw new HttpRequestException("The request was lost.");
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (Interlocked.Decrement(ref loseAnswers) >= 0)
        {
            await response.Content.ReadAsByteArrayAsync(cancellationToken);
            response.Dispose();
            throw new HttpRequestException("The answer was lost.");
        }

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        RowsRead = await CountAsync(response, cancellationToken);
        return response;
    }

    private static async Task<long> CountAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return answer.RootElement.TryGetProperty("results", out var results)
            ? results.EnumerateArray().Where(result => result.TryGetProperty("response", out var batch) && batch.GetProperty("type").ValueEquals("batch"))
                .SelectMany(result => result.GetProperty("response").GetProperty("result").GetProperty("step_results").EnumerateArray())
                .Where(step => step.ValueKind == JsonValueKind.Object).Sum(step => step.GetProperty("rows_read").GetInt64())
            : 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Client.Dispose();
            http.Dispose();
        }

        base.Dispose(disposing);
    }
}

using System.Net.Sockets;
using Memory.Core;
using Memory.Hosting;
using Memory.Http;
using Memory.Queues;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Scalar.AspNetCore;

namespace Memory.Server;

/// <summary>The API on Kestrel, with a worker for operations in the same process.</summary>
public static partial class ServerHost
{
    /// <summary>Where the server listens unless told otherwise.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8080";

    // Below every other source of configuration.
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical", // why a start failed is said in one line
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
    };

    /// <summary>Runs the server until it is told to stop.</summary>
    /// <returns>0 after a stop; 1 when it could not start, with the reason on standard error.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = Build(args);
            await StartOrStopAsync(app);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (exception is MemoryStoreException or OptionsValidationException
            or InvalidOperationException or IOException or InvalidDataException or FormatException)
        {
            await Console.Error.WriteLineAsync($"The server cannot start: {exception.Message.ReplaceLineEndings(" ")}");
            return 1;
        }
    }

    // Workers begin before the server listens: when it can't, they must not find the storage closed under them.
    private static async Task StartOrStopAsync(WebApplication app)
    {
        try
        {
            await StartAsync(app);
        }
        catch
        {
            await app.StopAsync();
            throw;
        }
    }

    /// <summary>Composes the server.</summary>
    /// <param name="args">Configuration as command-line arguments: <c>--urls</c>, <c>--Memory:LibSql:Url</c> and so on.</param>
    /// <param name="clock">The time of everything that is stored, leased or waited for; the system's when null.</param>
    /// <exception cref="MemoryStoreException">No storage can be chosen.</exception>
    /// <exception cref="InvalidOperationException">It would listen beyond loopback without asking for credentials.</exception>
    public static WebApplication Build(string[] args, TimeProvider? clock = null)
    {
        // Options are read once, so that nothing needs to watch the settings files.
        var builder = WebApplication.CreateSlimBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        var http = builder.Configuration.GetSection("Memory:Http").Get<Http.HttpOptions>() ?? new Http.HttpOptions();
        if (builder.Configuration["Logging:Console:FormatterName"] is { } formatter and not ConsoleFormatterNames.Simple)
        {
            builder.Logging.AddConsole(console => console.FormatterName = formatter); // the slim builder has the simple one only
        }

        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddMemory(builder.Configuration, builder.Environment);
        builder.Services.AddMemoryHttp(builder.Configuration.GetSection("Memory:Http"));
        builder.Services.AddMemoryTelemetry(builder.Configuration);
        HttpTelemetry.AddIfExported(builder.Services, builder.Configuration);
        AddWorkers(builder.Services, EmbedderChoice.From(builder.Configuration).IsSome, QueueChoice.From(builder.Configuration).IsSome);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = AppendBatch.MaxBytes + 1_024; // the API's own limit comes first, and says more
            kestrel.Limits.MaxConcurrentConnections = http.Limits.Connections;

            // A client that is slower than any network holds a place for nothing.
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 4_096, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1_024, gracePeriod: TimeSpan.FromSeconds(10));
        });

        var isClosed = http.AsksForCredentials;
        Listening.UseDefault(builder.Configuration, DefaultUrl);
        Listening.RequireAuthenticationBeyondLoopback(builder.Configuration, isClosed);
        if (!isClosed)
        {
            // Without credentials a page in a browser on this machine could otherwise call in under a name of its own that resolves to loopback.
            builder.Services.AddHostFiltering(filter =>
                (filter.AllowedHosts, filter.IncludeFailureMessage) = (["localhost", "127.0.0.1", "[::1]"], false));
        }

        var app = builder.Build();
        if (!isClosed)
        {
            app.UseHostFiltering();
        }

        app.UseMemoryGuards();
        app.MapWhen(context => context.Request.Path.StartsWithSegments("/docs"), UseDocs);
        app.UseRouting();
        app.MapMemory();
        return app;
    }

    /// <summary>Opens the storage, starts listening and says where.</summary>
    public static async Task StartAsync(WebApplication app)
    {
        app.Services.GetService<IStartupValidator>()?.Validate();
        await app.Services.GetRequiredService<IMessageStore>().CheckAsync();
        var warmUp = Task.Run(() => WarmUp.RunAsync(app.Services)); // on another core meanwhile
        try
        {
            await app.StartAsync();
        }
        catch (SocketException exception)
        {
            throw new IOException($"{app.Configuration["urls"]} cannot be listened on: {exception.Message}.", exception);
        }

        try
        {
            await warmUp; // requests are answered already; a stop must not close the storage under it
        }
        catch (MemoryStoreException fault) when (fault.IsTransient)
        {
            // The storage answered a moment ago, and is busy now: no reason not to start.
        }

        var storage = app.Services.GetRequiredService<StorageChoice>();
        var place = MemoryServices.DescribeStorage(app.Services);
        var embedder = app.Services.GetRequiredService<EmbedderChoice>();
        var urls = string.Join(", ", app.Urls);
        var queue = MemoryServices.DescribeQueue(app.Services);
        Log.Listening(app.Logger, urls, storage.Backend, place, storage.Reason, embedder.Provider, embedder.Reason, queue);
    }

    // With a queue, work is announced through it and comes from it; these workers then look for what it does not bring.
    private static void AddWorkers(IServiceCollection services, bool hasEmbedder, bool hasQueue)
    {
        services.AddSingleton<OperationWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<OperationWorker>());
        services.AddHostedService<UpkeepWorker>();
        if (hasEmbedder)
        {
            services.AddSingleton<EmbeddingWorker>();
            services.AddHostedService(provider => provider.GetRequiredService<EmbeddingWorker>());
        }

        if (hasQueue)
        {
            services.AddMemoryQueueHandlers();
            services.AddSingleton<IHostedService>(provider => Worker(provider, queues => queues.Operations, handlers => handlers.OperationAsync));
            services.AddSingleton<IHostedService>(provider => Worker(provider, queues => queues.Embeddings, handlers => handlers.EmbeddingAsync));
            return;
        }

        services.AddSingleton<IOperationSignal>(provider => provider.GetRequiredService<OperationWorker>());
        if (hasEmbedder)
        {
            services.AddSingleton<IEmbeddingSignal>(provider => provider.GetRequiredService<EmbeddingWorker>());
        }
    }

    private static QueueWorker Worker(
        IServiceProvider provider, Func<QueueServices, QueueChannel> channel, Func<QueueHandlers, Func<QueueDelivery, CancellationToken, Task>> handle) =>
        ActivatorUtilities.CreateInstance<QueueWorker>(
            provider, channel(provider.GetRequiredService<QueueServices>()), handle(provider.GetRequiredService<QueueHandlers>()));

    // A pipeline of its own, put together when somebody looks at it.
    private static void UseDocs(IApplicationBuilder docs)
    {
        docs.UseRouting();
        docs.UseEndpoints(endpoints => endpoints.MapScalarApiReference("/docs", scalar =>
        {
            scalar.Title = "Memory";
            scalar.OpenApiRoutePattern = "/openapi/v1.json";

            // Nothing from outside, and nothing sent there: the page is for machines without a way out, too.
            scalar.DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools();
        }));
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Memory listens on {Urls}. Storage: {Backend}, {Place}, because {Reason}. Embedder: {Embedder}, because {EmbedderReason}. Queue: {Queue}. API description: /docs")]
        public static partial void Listening(ILogger logger, string urls, string backend, string place, string reason, string embedder, string embedderReason, string queue);
    }
}
